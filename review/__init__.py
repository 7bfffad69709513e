"""Report what changed between two commits and what it means; reads only git, never the data."""
