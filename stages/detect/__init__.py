"""Frames to face boxes; one file a detector, side by side behind one small interface."""
