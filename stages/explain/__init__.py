"""Stage `explain`: where a model fails, and what it looks at."""
