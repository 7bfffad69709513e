"""Two detectors' boxes to one set of faces, linked over an item's frames, and their crops."""
