"""What cannot be done without stored frames."""

from stages.common.errors import ParamsError
from stages.detect.params import DetectParams
from stages.faces.params import FacesParams


def check_unstored(detect: DetectParams, faces: FacesParams) -> None:
    """Refuse parameters that need the frames of two items at a time.

    Raises
    ------
    ParamsError
        A fake takes its original's boxes, or is compared with it.
    """
    for key, wanted, off in (
        ("detect.from_original", detect.from_original, "false"),
        ("faces.min_change", faces.min_change, "0.0"),
    ):
        if wanted:
            raise ParamsError(
                f"{key} compares the stored frames of a fake with its original's: set "
                f"frames.store to true, or {key} to {off}"
            )
