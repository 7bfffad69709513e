"""The tables that pass between stages: one file each, with the schema and the place of the table."""
