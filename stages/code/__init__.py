"""Stage `code`: digests of the code of all other stages, which depend on them."""
