"""Stage `external`: the scores of another program, calibrated and tabulated like ours."""
