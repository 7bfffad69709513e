"""One adapter a dataset layout, each a generator of what the owners say of each file."""
