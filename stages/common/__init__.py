"""Code shared by stages, in small files: a change re-runs only the stages that import the file."""
