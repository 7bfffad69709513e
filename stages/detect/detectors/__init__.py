"""One file a detector; what each holds is said in `stages.detect.detector`."""
