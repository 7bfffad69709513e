"""The whole section `frames` of params.yaml: what a frame is, and whether frames are stored."""

from stages.frames.params import FramesParams


class FramesSection(FramesParams):
    """What `FramesParams` says of a frame, and what happens to it.

    Where frames are kept changes none of them, so this is apart from what every frame's digest
    depends on.

    Attributes
    ----------
    store : bool
        Whether each item's frames are stored. Otherwise the stage `faces` decodes an item, detects
        its faces and crops them at once, and leaves the crops alone.
    """

    store: bool
