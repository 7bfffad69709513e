"""Stage `detect`: face boxes in the stored frames, by one detector."""
