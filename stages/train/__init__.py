"""Stage: crops to a model that says how likely a face is fake."""
