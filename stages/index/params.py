"""The section `index` of params.yaml."""

from typing import Literal

from stages.common.params import Section

Action = Literal["error", "drop"]


class IndexParams(Section):
    """How each problem is handled: `error` ends the stage, `drop` leaves the file out."""

    missing_file: Action
    no_metadata: Action
    unknown_suffix: Action
    unknown_label: Action
    video_among_crops: Action
    outside: Action
    same_content_two_labels: Action
    same_content_two_groups: Action
