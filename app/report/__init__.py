"""A case report on one file: what was seen, how strong it is as evidence, and by what means."""
