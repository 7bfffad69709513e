"""Code that stages share, in small files: a change re-runs only the stages that import it."""
