"""Stage `index`: a dataset's own layout as one table; one small adapter a dataset in layouts/."""
