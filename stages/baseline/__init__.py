"""Stage `baseline`: how well a few hand-crafted features tell fakes from reals."""
