"""The interface of dataset layouts.

A layout is a file in ``layouts/``, called as ``datasets.<dataset>.layout`` in params.yaml calls it,
that holds

``LOOKS_FOR``
    what the layout is known by, for a message;
``read(folder)``
    what the owners say of each file of a `Folder`: an iterator of `ListedItem`, and of `Aside` for
    files that are known and not indexed. It gives no `ListedItem` for a folder of another layout.

It is imported by name, so that a change in one layout indexes no other's datasets again.
"""

from stages.common.errors import InputError
from stages.common.registry import Modules, find
from stages.index.folder import Folder
from stages.index.listed_item import ListedItem, Skipped

LAYOUTS = Modules("stages.index.layouts")
PAGE = "docs/datasets.md"


def read_layout(name: str, folder: Folder) -> list[ListedItem | Skipped]:
    """List what the layout `name` says about each file of `folder`.

    Raises
    ------
    ParamsError
        There is no such layout.
    InputError
        The folder is not laid out like this.
    """
    layout = find("layout", name, LAYOUTS)
    listed = list(layout.read(folder))
    if not any(isinstance(item, ListedItem) for item in listed):
        raise InputError(
            f"{folder.root} is not laid out as '{name}': looked for {layout.LOOKS_FOR}; "
            f"found {folder.entries()}; see {PAGE}"
        )
    return listed
