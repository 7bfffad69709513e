"""Score one's own clips: command, web page and export, with the pipeline's own functions."""
