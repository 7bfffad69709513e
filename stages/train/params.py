"""Training hyperparameters: the section `recipe` of params.yaml with each model's overrides."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, create_model, model_validator

from stages.common.numbers import Count, Fraction, Natural, NonNegative, Positive, ProperFraction
from stages.common.params import PARAMS_FILE, Section, check, load, merged
from stages.common.registry import name_in
from stages.train.distortions import DISTORTIONS
from stages.train.sampling import SAMPLINGS


class Range(Section):
    """Lower and upper bound between which a strength is drawn, both included."""

    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class Distortion(Range):
    """A distortion's probability per crop, and the range of its uniformly drawn strength."""

    probability: Fraction


class Recompression(Distortion):
    """H.264 recompression of a share of the crops, each as part of a clip of `frames` frames."""

    low: Annotated[float, Field(ge=0, le=51)]
    high: Annotated[float, Field(ge=0, le=51)]
    frames: Count


class Affine(Section):
    """How much a picture moves."""

    shift: ProperFraction
    zoom: ProperFraction
    rotate: NonNegative


class ColorJitter(Section):
    """How much the light and the colours of a picture change."""

    brightness: ProperFraction
    contrast: ProperFraction
    gamma: ProperFraction
    white_balance: ProperFraction
    saturation: ProperFraction
    hue: Annotated[float, Field(ge=0, le=180)]


_DISTORTED = create_model(
    "Distorted",
    __base__=Section,
    **dict.fromkeys(DISTORTIONS, (Distortion, ...)),  # type: ignore[call-overload]  # fields by name
)


class AugmentParams(_DISTORTED):
    """Augmentation of training crops, including each distortion of `stages.train.distortions`."""

    flip: Fraction
    affine: Affine
    color_jitter: ColorJitter
    h264: Recompression

    @property
    def changes_nothing(self) -> bool:
        """Whether crops stay as they are."""
        values = self.model_dump()
        strengths = [values["flip"], *values["affine"].values(), *values["color_jitter"].values()]
        return not any(strengths) and not any(
            values[name]["probability"] for name in (*DISTORTIONS, "h264")
        )


class SelfBlended(Section):
    """Self-blended images, fakes made from real faces in training (`stages.train.self_blend`)."""

    share: Fraction


class Phase(Section):
    """A training phase; `learning_rate` is the peak between warm-up and cosine decay."""

    epochs: Count
    learning_rate: Positive


class Head(Phase):
    """The first phase, and what follows the backbone: the last layer, and what it is given."""

    temporal: Literal["none", "gru"]
    normalize: Literal["none", "l2"]


class Tune(Phase):
    """The second phase: the first layer of the backbone that it changes, and which weights.

    With no epochs it is left out: the last layer alone is trained, on a frozen backbone.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    epochs: Natural
    first_layer: str = Field(alias="from")
    trainable: Literal["all", "layer_norm", "lora", "none"]
    lora_rank: Count


class FeatureLoss(Section):
    """Weights of what `stages.train.feature_loss` adds to the cross-entropy."""

    uniformity: NonNegative
    alignment: NonNegative


class RecipeParams(Section):
    """All hyperparameters of a training."""

    weights: str
    input_size: Annotated[int, Field(ge=32)] | None
    precision: Literal["float32", "mixed_bfloat16"]
    execution: Literal["eager", "graph", "xla"]
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    threads: Count
    deterministic: bool
    batch_size: Annotated[int, Field(ge=2)]
    sampling: Annotated[str, name_in("sampling", SAMPLINGS)]
    frames_per_item: Count | None
    steps_per_epoch: Count | None
    class_weights: bool
    head: Head
    tune: Tune
    optimizer: Literal["adamw", "sgd"]
    sam_rho: NonNegative
    warmup: ProperFraction
    decay: Literal["cosine", "linear"]
    weight_decay: NonNegative
    clip_norm: NonNegative
    ema_momentum: ProperFraction
    bn_momentum: ProperFraction
    precise_bn_batches: Natural
    dropout: ProperFraction
    label_smoothing: ProperFraction
    feature_loss: FeatureLoss
    augment: AugmentParams
    self_blended: SelfBlended

    @property
    def features_stay(self) -> bool:
        """Whether a head is trained on the same features of each crop in every epoch."""
        changed = self.self_blended.share or self.sam_rho or not self.augment.changes_nothing
        return self._frozen and not changed and not self._has_feature_loss

    @property
    def _has_feature_loss(self) -> bool:
        return any(self.feature_loss.model_dump().values())

    @property
    def _frozen(self) -> bool:
        return not self.tune.epochs or self.tune.trainable == "none"

    @model_validator(mode="after")
    def _trains(self) -> Self:
        if self.weights == "none" and not self.tune.epochs:
            raise ValueError(
                "tune.epochs is 0, which trains the last layer alone: that needs a backbone with "
                "weights, imagenet or a file, not none"
            )
        if self.weights == "none" and self.tune.trainable != "all":
            raise ValueError(
                f"tune.trainable is {self.tune.trainable}, which leaves most of the backbone as it "
                "is: that needs one with weights, not none"
            )
        if self.head.normalize == "none" and self._has_feature_loss:
            raise ValueError("feature_loss is that of features of length 1: head.normalize: l2")
        if self.sam_rho and self._has_feature_loss:
            raise ValueError("sam_rho is for the cross-entropy alone: feature_loss must be 0")
        features_are_learnt = self.head.temporal != "none" or not self._frozen
        if self._has_feature_loss and not features_are_learnt:
            raise ValueError(
                "feature_loss is for features that are learnt, not for those of a frozen backbone: "
                "set tune.epochs and tune.trainable, or feature_loss to 0"
            )
        return self


def recipe_for(backbone: str, seed: str = "") -> RecipeParams:
    """Load the section `recipe` of params.yaml with the overrides of ``models.<backbone>``.

    With a `seed`, that one takes the place of the recipe's.

    Raises
    ------
    ParamsError
        A value is missing, unknown, of the wrong type or out of range; the message names the
        section it is in.
    """
    recipe = load("recipe", RecipeParams)
    changes = load(f"models.{backbone}", dict[str, Any])
    where = f"{PARAMS_FILE}: models.{backbone}"
    if seed:
        changes["seed"] = int(seed) if seed.isdecimal() else seed
    return check(merged(recipe.model_dump(), changes), RecipeParams, where)
