"""The dataset layouts, one module each; `stages.index.layout` describes their interface."""
