"""Stage `split`: split the faces of all datasets into train, val, test and unseen by group."""
