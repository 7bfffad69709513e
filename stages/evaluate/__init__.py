"""Stage `evaluate`: compute a model's scores, decision, metrics and plots."""
