"""Stage `faces`: the boxes of all detectors as one set of tracked faces, and their crops."""
