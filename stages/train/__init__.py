"""Stage `train`: train a model that estimates P(fake) from face crops."""
