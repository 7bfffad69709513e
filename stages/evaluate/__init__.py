"""Stage `evaluate`: a model's scores, its decision, its figures and plots."""
