"""Check whole parameter files: every key, every type, and every name that refers to something.

Command
    ``python -m stages [FILE …]``; the default is ``params.yaml``
Shows
    One line per valid file; otherwise each error with its key, and exit code 1

A stage checks only the parameters it declares, when it runs. This command checks the whole file
before anything runs.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from stages.common.code import variant_names
from stages.common.datasets import DatasetName, DatasetParams
from stages.common.errors import ParamsError
from stages.common.external import ScoresName, ScoresParams
from stages.common.metrics.decision import DecisionParams
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.verdicts import VerdictParams
from stages.common.numbers import Natural
from stages.common.params import PARAMS_FILE, Section, check, merged, read_yaml
from stages.common.registry import find, name_in
from stages.detect.detector import DETECTORS
from stages.detect.params import DetectParams
from stages.evaluate.params import EvaluateParams
from stages.explain.params import ExplainParams
from stages.external.formats import FORMATS
from stages.faces.params import FacesParams, check_detectors
from stages.faces.unstored import check_unstored
from stages.frames.section import FramesSection
from stages.identify.params import IdentifyParams
from stages.index.layout import LAYOUTS
from stages.index.params import IndexParams
from stages.robustness.params import RobustnessParams
from stages.sample.params import SampleParams
from stages.split.params import SplitParams
from stages.train.params import RecipeParams


class Pipeline(Section):
    """The whole of params.yaml; each stage defines the type of its own section."""

    datasets: dict[DatasetName, DatasetParams]
    detectors: Annotated[list[Annotated[str, name_in("detector", DETECTORS)]], Field(min_length=1)]
    backbones: Annotated[list[str], Field(min_length=1)]
    seeds: list[Natural]
    scores: dict[ScoresName, ScoresParams]
    sample: SampleParams
    index: IndexParams
    frames: FramesSection
    detect: DetectParams
    faces: FacesParams
    identify: IdentifyParams
    split: SplitParams
    recipe: RecipeParams
    models: dict[str, RecipeParams]
    decision: DecisionParams
    verdict: VerdictParams
    metrics: MetricsParams
    evaluate: EvaluateParams
    robustness: RobustnessParams
    explain: ExplainParams

    @field_validator("models", mode="before")
    @classmethod
    def _whole_recipes(cls, models: Any, info: ValidationInfo) -> Any:
        """Merge each model's changes into the recipe, so that errors are reported for the model."""
        if not isinstance(models, dict):
            return models
        if "recipe" not in info.data:
            return {}  # an error in the recipe would be repeated for each model
        recipe = info.data["recipe"].model_dump()
        return {
            name: merged(recipe, changes) if isinstance(changes, dict) else changes
            for name, changes in models.items()
        }

    @model_validator(mode="after")
    def names_point_to_something(self) -> Self:
        """Check that each name refers to an existing dataset, layout, detector or backbone."""
        for name, dataset in self.datasets.items():
            find(f"datasets.{name}.layout", dataset.layout, LAYOUTS)
        for name, scores in self.scores.items():
            find(f"scores.{name}.format", scores.format, FORMATS)
            if name in self.backbones:
                raise ValueError(f"scores.{name} is called like a backbone; take another name")
        for key in ("detectors", "backbones", "seeds"):
            values = getattr(self, key)
            if twice := [value for value in values if values.count(value) > 1]:
                raise ValueError(f"{key} names {twice[0]} twice")
        for name in self.faces.min_confidence:
            find("detector in faces.min_confidence", name, DETECTORS)
        for name in self.detectors:
            self.detect.of(name)
        check_detectors(self.faces, self.detectors, self.detect.second)
        if not self.frames.store:
            check_unstored(self.detect, self.faces)
        # Read from the syntax tree, because importing the backbones would import Keras
        backbones = dict.fromkeys(variant_names("train", Path(__file__).parents[1]))
        for name in (*self.backbones, *self.models):
            find("backbone", name, backbones)
        if missing := [name for name in self.backbones if name not in self.models]:
            raise ValueError(
                f"models.{missing[0]}: Field required, since `backbones` names it; {{}} if it "
                "changes nothing"
            )
        _known("`split.official`", self.split.official, self.datasets)
        return self


def _known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"{where} names {unknown[0]!r}; known are {', '.join(sorted(known))}")


def main() -> None:
    """Check the files named on the command line."""
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
