"""Stage `robustness`: measure how a model's metrics drop on degraded faces."""
