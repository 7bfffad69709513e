"""Stage `sample`: renders the embedded dataset from one public-domain photograph."""
