"""Evaluation of scores: aggregation, calibration, decisions, metrics and their intervals."""
