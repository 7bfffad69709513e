"""One file a dataset layout; what each holds is said in `stages.index.layout`."""
