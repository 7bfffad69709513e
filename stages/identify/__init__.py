"""Stage `identify`: which tracks show one person."""
