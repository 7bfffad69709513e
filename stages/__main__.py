"""Check whole parameter files: every key, every type, and names that point to something.

Command
    ``python -m stages [FILE …]``, ``params.yaml`` if no file is named
Shows
    One line a file; each fault by name, and exit code 1, if one cannot be used.

A stage checks what it declares when it runs. This sees the whole file before anything has run.
"""

import argparse
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from stages.common.datasets import DatasetParams
from stages.common.errors import ParamsError
from stages.common.measure.decision import DecisionRule
from stages.common.measure.measures import MetricsParams
from stages.common.numbers import Fraction
from stages.common.params import PARAMS_FILE, Section, check, merged, read_yaml
from stages.common.tables.detections import DETECTORS
from stages.detect import dlib, mtcnn
from stages.evaluate.params import EvaluateParams
from stages.explain.params import ExplainParams
from stages.faces.params import FacesParams
from stages.frames.params import FramesParams
from stages.index.params import IndexParams
from stages.index.registry import LAYOUTS
from stages.robustness.params import RobustnessParams
from stages.sample.params import SampleParams
from stages.split.params import SplitParams
from stages.train.params import RecipeParams

BACKBONES = Path("stages/train/backbones")


class Detect(Section):
    """The section `detect`: one section a detector, and what all share."""

    from_original: bool
    max_failed_fraction: Fraction
    mtcnn: mtcnn.Params
    dlib: dlib.Params


class Pipeline(Section):
    """All of params.yaml; the stages own the types of their sections."""

    datasets: dict[str, DatasetParams]
    detectors: Annotated[list[Literal[DETECTORS]], Field(min_length=1)]
    backbones: Annotated[list[str], Field(min_length=1)]
    sample: SampleParams
    index: IndexParams
    frames: FramesParams
    detect: Detect
    faces: FacesParams
    split: SplitParams
    recipe: RecipeParams
    models: dict[str, RecipeParams]
    decision: DecisionRule
    metrics: MetricsParams
    evaluate: EvaluateParams
    robustness: RobustnessParams
    explain: ExplainParams

    @field_validator("models", mode="before")
    @classmethod
    def _whole_recipes(cls, models: Any, info: ValidationInfo) -> Any:
        """Each model's changes become its whole recipe, so that what is wrong is wrong in them."""
        if not isinstance(models, dict):
            return models
        if "recipe" not in info.data:
            return {}  # what is wrong in it would be said again of each model
        recipe = info.data["recipe"].model_dump()
        return {
            name: merged(recipe, changes) if isinstance(changes, dict) else changes
            for name, changes in models.items()
        }

    @model_validator(mode="after")
    def names_point_to_something(self) -> Self:
        """Hold the names in one section against what they name."""
        _known("a layout in `datasets`", {each.layout for each in self.datasets.values()}, LAYOUTS)
        _known("`backbones`", self.backbones, self.models)
        _known("`models`", self.models, [path.stem for path in BACKBONES.glob("[a-z]*.py")])
        _known("`split.official`", self.split.official, self.datasets)
        return self


def _known(where: str, names: object, known: object) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{where} names {unknown[0]!r}; known are {', '.join(sorted(known))}")


def main() -> None:
    """Check the files that the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m stages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, default=[PARAMS_FILE], metavar="FILE")
    try:
        for file in parser.parse_args().files:
            check(read_yaml(file), Pipeline, f"{file}: ")
            print(f"{file}: every value is known and well-typed")
    except ParamsError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
