"""The tables passed between stages, one module each: schema and path."""
