"""The tables that pass between stages: one file each, with schema and place."""
