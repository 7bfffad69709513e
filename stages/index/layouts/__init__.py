"""The dataset layouts, one module each; `stages.index.layout` describes the interface."""
