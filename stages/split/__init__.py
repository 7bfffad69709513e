"""Stage `split`: faces of all datasets as train, val, test and unseen, by group."""
