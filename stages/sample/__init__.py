"""Stage `sample`: render the embedded dataset from one public-domain photograph."""
