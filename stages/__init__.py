"""The pipeline's stages, one package each, in the order in which the data flows (see dvc.yaml)."""
