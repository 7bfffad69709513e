"""``PARAMS`` that each detector finds the photograph's face with, under the detector's name."""
