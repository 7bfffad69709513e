"""Commands that demonstrate the project's guarantees: ``python -m proofs.<name>``."""
