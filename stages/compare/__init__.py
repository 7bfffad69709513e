"""Stage `compare`: all models, their ensembles and the baseline, side by side."""
