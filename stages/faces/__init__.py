"""Two detectors' boxes to one set of faces, linked over a medium's frames, and their crops."""
