"""Stage `index`: list a dataset's items in one table, by an adapter per dataset in layouts/."""
