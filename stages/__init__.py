"""The pipeline's stages, one package each; dvc.yaml lists them in the order of the data flow."""

import os

# Otherwise ~/.keras/keras.json chooses the backend as soon as Keras is imported
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

# Settings of libraries that change numbers and belong to no parameter; they are read on import
for _name in (
    *("TF_ENABLE_ONEDNN_OPTS", "TF_ENABLE_AUTO_MIXED_PRECISION", "TF_XLA_FLAGS"),
    *("TF_SET_ONEDNN_FPMATH_MODE", "ONEDNN_DEFAULT_FPMATH_MODE", "ONEDNN_MAX_CPU_ISA"),
    *("NVIDIA_TF32_OVERRIDE", "TF_USE_LEGACY_KERAS"),
):
    os.environ.pop(_name, None)
