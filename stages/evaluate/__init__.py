"""Stage `evaluate`: a model's scores, its decision, its metrics and plots."""
