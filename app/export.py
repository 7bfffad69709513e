"""Export a model to ONNX, from face crops to P(fake).

Command
    ``python -m app.export [--model NAME] [--out FILE]``
Reads
    ``params.yaml``, ``models/<name>/``
Writes
    one ONNX file that includes preprocessing and calibration. Input ``crops``: float32, shape
    (n, s, s, 3), RGB, 0 to 255. Output ``p_fake``: float32, shape (n, 1), P(fake) of each face,
    calibrated on val. The metadata hold the aggregation rule and the threshold that turn the
    scores of an item's faces into a verdict

The file is kept only if onnxruntime reproduces the scores of Keras.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stages.common.errors import InputError, PipelineError
from stages.common.files import whole_file
from stages.common.quiet import quiet_libraries

if TYPE_CHECKING:
    import keras
    import onnx

    from app.models import Member

TOLERANCE = 1e-4
"""Largest allowed difference in P(fake); float32 sums are rounded in another order."""

_CHECKED_CROPS = 32


def main(args: list[str] | None = None) -> None:
    """Run the command."""
    options = _parser().parse_args(args)
    quiet_libraries()
    from app.models import load_models
    from app.trained import ENSEMBLE, trained

    try:
        name = options.model or next((known for known in trained() if known != ENSEMBLE), None)
        if name == ENSEMBLE:
            raise InputError(
                "an ensemble cannot be one file: export its members and combine their scores as "
                "metrics/ensembles.json says"
            )
        (model,) = load_models(name).values()
        (member,) = model.members
        out = options.out or Path(f"{name}.onnx")
        worst = export(member, out)
    except PipelineError as error:
        sys.exit(f"error: {error}")
    print(f"{out}: {out.stat().st_size / 2**20:.1f} MiB, within {worst:.1e} of Keras")


def export(member: "Member", out: Path) -> float:
    """Export a network with its calibration to `out`, and verify the file.

    Returns
    -------
    float
        Largest difference in P(fake) between onnxruntime and Keras, on synthetic crops.

    Raises
    ------
    InputError
        The scores of onnxruntime and Keras differ; nothing is written.
    """
    import onnx

    with whole_file(out) as part:
        calibrated(member).export(part, format="onnx", verbose=False)
        model = onnx.load(part)
        _describe(model, member)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, part)
        worst = difference(part, member)
        if worst > TOLERANCE:
            raise InputError(
                f"{out}: onnxruntime and Keras differ by {worst:.1e}, more than {TOLERANCE:g}; "
                "nothing was written"
            )
    return worst


def calibrated(member: "Member") -> "keras.Model":
    """Build a network from crops to P(fake) that includes the calibration."""
    import keras
    import numpy as np

    size = member.network.input_shape[1]
    crops = keras.Input((size, size, 3), name="crops")
    logit = keras.models.clone_model(member.network, clone_function=_exportable)(crops)
    frame = member.decision.frame
    scaled = keras.layers.Rescaling(frame.slope, frame.bias)(logit)
    whole = keras.Model(crops, keras.layers.Activation("sigmoid")(scaled))
    whole(
        np.zeros((1, size, size, 3), np.float32)
    )  # Keras can export a model only after it was called
    return whole


def _exportable(layer: "keras.Layer") -> "keras.Layer":
    """Replace a `Normalization` layer by an equivalent `Rescaling`; return others unchanged.

    tf2onnx treats the constants of a `Normalization` as inputs of the graph.
    """
    import keras
    import numpy as np

    if not isinstance(layer, keras.layers.Normalization) or layer.input_mean is None:
        return layer
    deviation = np.sqrt(np.asarray(layer.input_variance, np.float64))
    mean = np.asarray(layer.input_mean, np.float64)
    scale, offset = (1 / deviation).tolist(), (-mean / deviation).tolist()
    return keras.layers.Rescaling(scale, offset, name=layer.name)


def difference(path: Path, member: "Member") -> float:
    """Largest difference in P(fake) between a file and its model, on synthetic crops.

    Half of the crops are smooth and half are noise, so that the scores cover the whole range.
    """
    import cv2
    import numpy as np
    import onnxruntime

    from stages.common.network import run_network

    size = member.network.input_shape[1]
    crops = np.random.default_rng(0).uniform(0, 255, (_CHECKED_CROPS, size, size, 3))
    crops = crops.astype(np.float32)
    for crop in crops[::2]:
        crop[:] = cv2.resize(crop[:4, :4], (size, size))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(["p_fake"], {"crops": crops})
    expected = member.decision.score_faces(run_network(member.network, crops, len(crops)))
    return float(np.abs(found[:, 0] - expected).max())


def _describe(model: "onnx.ModelProto", member: "Member") -> None:
    """Name the input and output, and store what a user of the file needs as metadata."""
    import onnx

    graph = model.graph
    names = {graph.input[0].name: "crops", graph.output[0].name: "p_fake"}
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    graph.input[0].name, graph.output[0].name = "crops", "p_fake"
    for end in (graph.input[0], graph.output[0]):
        end.type.tensor_type.shape.dim[0].dim_param = "n"
    decision = member.decision
    about = {
        "model": member.name,
        "crops": "float32, RGB, 0 to 255, as stages.common.crops.resize_crop gives them",
        "p_fake": "P(fake) of a face, calibrated on val; fake is the positive class",
        "aggregation": decision.aggregation.model_dump_json(),
        "prior": str(decision.frame.prior),
        "val_share": str(decision.frame.val_share),
        "video_slope": str(decision.video.slope),
        "video_bias": str(decision.video.bias),
        "video_threshold": str(decision.video.threshold),
        "fitted_on": ", ".join(decision.fitted_on.datasets),
    }
    onnx.helper.set_model_props(model, about)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", metavar="NAME", help="a backbone (default: the first trained)")
    parser.add_argument("--out", metavar="FILE", type=Path, help="default: <name>.onnx")
    return parser


if __name__ == "__main__":
    main()
