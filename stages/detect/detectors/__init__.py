"""The detectors, one module each; `stages.detect.detector` describes their interface."""
