"""How scores are judged: aggregation, calibration, decisions, figures and their intervals."""
