"""Stage `faces`: merge the boxes of all detectors into tracked faces, and crop them."""
