"""Parameters of the section `datasets` in params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.params import Section


class DatasetParams(Section):
    """One entry of `datasets` in params.yaml.

    Attributes
    ----------
    role : {"seen", "unseen"}
        A seen dataset is split into train, val and test; an unseen one is used only for testing.
    layout : str
        Name of the adapter in stages/index that reads the dataset's folder.
    methods : list of str, optional
        Manipulation methods whose fakes are used; all methods by default. Reals are always used;
        ``real`` alone takes no fakes.
    crops : bool
        Whether each picture is one face, cut out by the dataset's owners, and is taken as it is.
    """

    role: Literal["seen", "unseen"]
    layout: str
    methods: Annotated[list[str], Field(min_length=1)] | None = None
    crops: bool = False
