"""Stage `compare`: compare all models, their ensembles and the baseline."""
