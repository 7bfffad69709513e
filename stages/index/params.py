"""The section `index` of params.yaml."""

from typing import Literal

from stages.common.params import Section

Action = Literal["error", "drop"]


class Index(Section):
    """What becomes of a medium with a problem: `error` ends the stage, `drop` sets it aside.

    Attributes
    ----------
    missing_file : {"error", "drop"}
        Metadata names a file that is not there.
    no_metadata : {"error", "drop"}
        A picture or video that the dataset's metadata or layout says nothing about.
    unknown_label : {"error", "drop"}
        A label that is neither real nor fake.
    outside : {"error", "drop"}
        A link out of the dataset's folder, or metadata with an absolute path or ``..``.
    same_content_two_labels : {"error", "drop"}
        Equal files, one real and one fake; all of them are dropped.
    same_content_two_groups : {"error", "drop"}
        Equal files in two groups; all but the first are dropped, and the groups become one, so
        that what was made from either never parts.
    """

    missing_file: Action
    no_metadata: Action
    unknown_label: Action
    outside: Action
    same_content_two_labels: Action
    same_content_two_groups: Action
