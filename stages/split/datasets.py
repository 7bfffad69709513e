"""What params.yaml says of the datasets."""

from typing import Literal

from stages.common.params import Section


class DatasetParams(Section):
    """One entry of `datasets` in params.yaml.

    Attributes
    ----------
    role : {"seen", "unseen"}
        Seen datasets are split into train, val and test; an unseen one is tested on whole.
    layout : str
        Name of the adapter in stages/index that reads the dataset's folder.
    """

    role: Literal["seen", "unseen"]
    layout: str
