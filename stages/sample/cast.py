"""What the groups of each dataset show: the shapes that real datasets have.

In eight groups of `sample`, 24 fakes: three to a real, as in DFDC and FaceForensics++ (more). Among
the groups are a real without fakes (Celeb-DF), one with two persons of whom one is changed (DFDC),
and one whose fakes take their face from the person of another group (FaceForensics++), which makes
one group of both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice


@dataclass(frozen=True)
class Cast:
    """Who is in a group, and how it is forged.

    Attributes
    ----------
    fakes : tuple of str
        Methods of the fakes, keys of `manipulate.METHODS`.
    persons : int
        Number of persons in the scene, 1 or 2; the fakes change one of them.
    linked : bool
        Whether the donor is the person of the group before; otherwise it is in no other clip.
    """

    fakes: tuple[str, ...]
    persons: int = 1
    linked: bool = False


EACH = ("swap", "self_blended", "morphed")
CASTS = {
    "sample": [
        Cast(EACH),
        Cast((*EACH, "swap"), linked=True),
        Cast(EACH, persons=2),
        Cast((*EACH, "swap")),
        Cast(()),
        Cast((*EACH, "swap")),
        Cast(EACH),
        Cast(EACH),
    ],
    "sample_unseen": [Cast(("reenacted",))],
}


def casts(dataset: str, groups: int) -> Iterator[Cast]:
    """The casts of a dataset's groups, in order."""
    return islice(cycle(CASTS[dataset]), groups)
