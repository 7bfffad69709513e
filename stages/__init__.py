"""The pipeline's stages, one package each; dvc.yaml lists them in the order of the data flow."""
