"""The interface of dataset layouts.

A layout is a module in ``layouts/``, named as in ``datasets.<dataset>.layout`` of params.yaml. It
defines

``LOOKS_FOR``
    the files by which the layout is recognised, for an error message;
``read(folder)``
    an iterator over the files of a `Folder`: a `ListedItem` for each item that the owners describe,
    and `Skipped` for files that are known but not indexed. It yields no `ListedItem` for a folder
    of another layout.

Layouts are imported by name, so that a change in one layout does not re-index the datasets of the
others.
"""

from stages.common.errors import InputError
from stages.common.registry import Modules, find
from stages.index.folder import Folder
from stages.index.listed_item import ListedItem, Skipped

LAYOUTS = Modules("stages.index.layouts")
PAGE = "docs/datasets.md"


def read_layout(name: str, folder: Folder) -> list[ListedItem | Skipped]:
    """Read `folder` with the layout `name`.

    Raises
    ------
    ParamsError
        There is no such layout.
    InputError
        The folder does not have this layout.
    """
    layout = find("layout", name, LAYOUTS)
    listed = list(layout.read(folder))
    if not any(isinstance(item, ListedItem) for item in listed):
        raise InputError(
            f"{folder.root} is not laid out as '{name}': looked for {layout.LOOKS_FOR}; "
            f"found {folder.entries()}; see {PAGE}"
        )
    return listed
