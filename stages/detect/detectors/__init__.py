"""The detectors, one module each; `stages.detect.detector` describes the interface."""
