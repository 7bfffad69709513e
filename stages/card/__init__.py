"""Stage `card`: write what users must know about a model before they use it."""
