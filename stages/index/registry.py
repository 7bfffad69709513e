"""The layouts by the name that ``datasets.<dataset>.layout`` in params.yaml gives."""

from types import ModuleType

from stages.common.errors import InputError, ParamsError
from stages.index.folder import Folder
from stages.index.layouts import dfdc
from stages.index.layouts import folder as plain
from stages.index.medium import Aside, Medium

LAYOUTS: dict[str, ModuleType] = {
    "dfdc": dfdc,
    "folder": plain,
}
"""Each module has `LOOKS_FOR` (what the layout is known by, for messages), `read` (a `Folder` to
`Medium` and `Aside`) and, where there is something to warn of, `WARNING`."""

PAGE = "docs/datasets.md"


def layout_named(name: str, dataset: str) -> ModuleType:
    """The adapter called `name`.

    Raises
    ------
    ParamsError
        There is none.
    """
    if name not in LAYOUTS:
        raise ParamsError(
            f"params.yaml: datasets.{dataset}.layout is '{name}', expected one of "
            f"{', '.join(sorted(LAYOUTS))}; {PAGE} describes each"
        )
    return LAYOUTS[name]


def read_layout(name: str, layout: ModuleType, folder: Folder) -> list[Medium | Aside]:
    """What the layout says of each file of `folder`.

    Raises
    ------
    InputError
        The folder is not laid out like this.
    """
    listed = list(layout.read(folder))
    if not any(isinstance(item, Medium) for item in listed):
        raise InputError(
            f"{folder.root} is not laid out as '{name}': looked for {layout.LOOKS_FOR}; "
            f"found {folder.entries()}; see {PAGE}"
        )
    return listed
