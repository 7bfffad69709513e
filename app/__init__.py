"""A person's own clip: command, web page and export, from the pipeline's own functions."""
