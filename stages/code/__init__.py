"""Stage `code`: digests of the code of all other stages, on which they depend."""
