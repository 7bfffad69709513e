"""The section `datasets` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.params import Section


class DatasetParams(Section):
    """One entry of `datasets` in params.yaml.

    Attributes
    ----------
    role : {"seen", "unseen"}
        Seen datasets are split into train, val and test; an unseen one is tested on whole.
    layout : str
        Name of the adapter in stages/index that reads the dataset's folder.
    methods : list of str, optional
        Manipulation methods whose fakes are taken; all of them if not given. Reals are always
        taken.
    crops : bool
        Whether each picture is one face, cut out by the dataset's owners, and is taken as it is.
    """

    role: Literal["seen", "unseen"]
    layout: str
    methods: Annotated[list[str], Field(min_length=1)] | None = None
    crops: bool = False
