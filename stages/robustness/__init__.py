"""Stage `robustness`: how much worse a model judges faces that were degraded."""
