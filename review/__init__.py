"""What changed between two commits, and what it means; reads git alone, never the data."""
