"""Mutated items, pushed through the pipeline's own way from a file to frames."""
