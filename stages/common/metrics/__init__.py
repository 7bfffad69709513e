"""How scores are judged: aggregation, calibration, decisions, metrics and their intervals."""
