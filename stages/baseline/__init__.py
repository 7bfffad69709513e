"""Stage `baseline`: what a few numbers that need no network tell of real and fake."""
