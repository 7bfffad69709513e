"""Stage `frames`: decode clips and pictures to archives of frames."""
