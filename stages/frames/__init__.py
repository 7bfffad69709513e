"""Stage `frames`: media files to archives of frames."""
