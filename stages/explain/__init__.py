"""Stage `explain`: show where a model fails and what it looks at."""
