"""The section `detect` of params.yaml."""

from pydantic import create_model

from stages.common.errors import ParamsError
from stages.common.numbers import Fraction
from stages.common.params import Section
from stages.common.tables.detections import Second
from stages.detect.detector import DETECTORS

_BY_DETECTOR = create_model(
    "ByDetector",
    __base__=Section,
    **{name: (module.Params, None) for name, module in DETECTORS.items()},  # type: ignore[call-overload]  # pydantic has no type for fields by name
)


class DetectParams(_BY_DETECTOR):
    """The shared parameters, and one section per listed detector.

    Attributes
    ----------
    second : {"misses", "always"}
        Which frames the detectors after the first one search.
    from_original : bool
        Whether a fake that shows its original's frames takes the boxes found in these.
    max_failed_fraction : float
        Share of items that may fail.
    """

    second: Second
    from_original: bool
    max_failed_fraction: Fraction

    def of(self, detector: str) -> Section:
        """Return the parameters of a detector.

        Raises
        ------
        ParamsError
            It has no section.
        """
        params: Section | None = getattr(self, detector)
        if params is None:
            raise ParamsError(f"detect.{detector}: Field required, since `detectors` names it")
        return params
