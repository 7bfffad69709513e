"""A package of its own: some libraries install their tests, too, under the name ``tests``."""
