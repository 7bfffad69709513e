"""The section `datasets` of params.yaml."""

from typing import Literal

from stages.common.params import Section


class DatasetParams(Section):
    """One entry of `datasets` in params.yaml.

    Attributes
    ----------
    role : {"seen", "unseen"}
        Seen datasets are split into train, val and test; an unseen one is used for testing only.
    layout : str
        Name of the module in stages/index/layouts that reads the dataset's folder.
    """

    role: Literal["seen", "unseen"]
    layout: str
