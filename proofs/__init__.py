"""What the project promises, each promise shown by a command: ``python -m proofs.<name>``."""
