"""Fuzz the code that reads frames from files with mutated items."""
