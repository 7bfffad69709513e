"""Stage `card`: what a person must know of a model before they use it."""
