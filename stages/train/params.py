"""The sections `train` and `models.<backbone>` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, create_model, model_validator

from stages.common.params import Section
from stages.common.registry import name_in
from stages.train.distortions import DISTORTIONS
from stages.train.sampling import SAMPLINGS

Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


class Range(Section):
    """Bounds that a strength is drawn from, both included.

    Attributes
    ----------
    low, high : float
        The bounds.
    """

    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class Distortion(Range):
    """A distortion that a share of the crops gets, at a strength drawn evenly from a range.

    Attributes
    ----------
    probability : float
        Share of the crops.
    """

    probability: Probability


class Recompression(Distortion):
    """A round trip through H.264 that a share of the crops makes.

    Attributes
    ----------
    low, high : float
        Bounds of x264's constant rate factor, 0 to 51.
    frames : int
        Length of the clip: the crop and its neighbours in time.
    """

    low: Annotated[float, Field(ge=0, le=51)]
    high: Annotated[float, Field(ge=0, le=51)]
    frames: Count


class Variation(Section):
    """How much the place and the colours of a picture change.

    Attributes
    ----------
    shift, zoom : float
        Largest move and change of size, as a fraction of the side.
    rotate : float
        Largest turn in degrees.
    brightness, contrast, colour : float
        Largest relative change of all values, of their spread, of one channel.
    """

    shift: Fraction
    zoom: Fraction
    rotate: NotNegative
    brightness: Fraction
    contrast: Fraction
    colour: Fraction


_DISTORTED = create_model(
    "Distorted", __base__=Variation, **dict.fromkeys(DISTORTIONS, (Distortion, ...))
)


class Augment(_DISTORTED):
    """How training crops are varied, and each distortion of `stages.train.distortions`.

    Attributes
    ----------
    flip : float
        Share of the crops that is mirrored.
    h264 : Recompression
        See `stages.train.recompress`.
    """

    flip: Probability
    h264: Recompression


class SelfBlended(Variation):
    """Fakes that are made from real faces while training; see `stages.train.self_blend`.

    The changes of place are those of the inner face, the changes of colour those of one of the two.

    Attributes
    ----------
    share : float
        Of the fakes that `sampling` draws, how many are made this way instead; 0 for none.
    region : Range
        Height of the region that is blended in, as a share of the crop's.
    aspect : Range
        Its width over its height.
    bend : float
        Standard deviation of the bends of its outline, as a share of its radius.
    seam : Range
        Softness of its edge, sigma as a share of the crop's height.
    detail : Range
        Side that one of the two is brought to and back, as a share; or it is sharpened by what
        this takes away.
    opacity : list of float
        Weight of the inner face, drawn from these.
    """

    share: Probability
    region: Range
    aspect: Range
    bend: NotNegative
    seam: Range
    detail: Range
    opacity: Annotated[list[Probability], Field(min_length=1)]


class Train(Section):
    """What all backbones share.

    Attributes
    ----------
    seed : int
        Root of every random draw.
    threads : int
        Threads of one operation on the CPU; on another number sums are added up in another
        order, so it changes bytes.
    deterministic : bool
        Only operations that give the same bytes each time.
    sampling : str
        Which faces an epoch shows; a row of `stages.train.sampling.SAMPLINGS`.
    class_weights : bool
        Weigh the loss of each class by the inverse of its share.
    warmup : float
        Share of a phase's steps in which the learning rate rises.
    patience : int
        Epochs without a better `monitor` on val after which the last phase ends.
    monitor : {"val_auc", "val_loss"}
        What the best epoch is best in.
    tolerance : float
        The latest epoch whose `monitor` is within this of the best is kept.
    batch_statistics : int
        Training batches from which the statistics of batch normalisation are estimated anew
        after the last epoch; 0 keeps the moving averages.
    self_blended : SelfBlended
        Fakes that are made from real faces.
    augment : Augment
        How training crops are varied.
    """

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    threads: Count
    deterministic: bool
    sampling: Annotated[str, name_in("sampling", SAMPLINGS)]
    class_weights: bool
    warmup: Fraction
    patience: Count
    monitor: Literal["val_auc", "val_loss"]
    tolerance: NotNegative
    batch_statistics: Annotated[int, Field(ge=0)]
    self_blended: SelfBlended
    augment: Augment


class Phase(Section):
    """One of the two phases of a training.

    Attributes
    ----------
    epochs : int
        Passes over the faces of `sampling`.
    learning_rate : float
        Peak of warm-up and cosine decay, at this batch size.
    """

    epochs: Count
    learning_rate: Positive


class Model(Section):
    """One backbone's recipe.

    Attributes
    ----------
    weights : str
        ``none`` (random), ``imagenet``, or the path of a file in Keras's form without a top.
    input_size : int or None
        Side of the crops in pixels; null takes the network's own.
    precision : {"float32", "mixed_bfloat16"}
        Of the computation; the saved model computes in float32.
    execution : {"eager", "graph", "xla"}
        Operation by operation (no start-up time), as a graph, or compiled by XLA.
    batch : int
        Crops a step, over all devices together.
    optimizer : {"adamw", "sgd"}
        SGD has Nesterov momentum 0.9.
    weight_decay : float
        Of AdamW or SGD, decoupled from the gradient.
    clip_norm : float
        Largest norm of the whole gradient; 0 does not clip.
    averaging : float
        Momentum of the exponential moving average of the weights; 0 for none.
    statistics_momentum : float
        Of the moving averages of batch normalisation.
    dropout : float
        Share of the features dropped before the last layer.
    label_smoothing : float
        Labels become this much less certain.
    head : Phase
        The last layer on a frozen backbone; left out where weights are random.
    tune : Phase
        From the backbone's named block on; the whole network where weights are random.
    """

    weights: str
    input_size: Annotated[int, Field(ge=32)] | None
    precision: Literal["float32", "mixed_bfloat16"]
    execution: Literal["eager", "graph", "xla"]
    batch: Annotated[int, Field(ge=2)]
    optimizer: Literal["adamw", "sgd"]
    weight_decay: NotNegative
    clip_norm: NotNegative
    averaging: Fraction
    statistics_momentum: Fraction
    dropout: Fraction
    label_smoothing: Fraction
    head: Phase
    tune: Phase
