"""The layouts by the name that ``datasets.<dataset>.layout`` in params.yaml gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from stages.common.errors import InputError, ParamsError
from stages.index.folder import Folder
from stages.index.layouts import (
    celeb_df,
    csv_list,
    dacon,
    deeper_forensics,
    deepfake_timit,
    df40,
    dfdc,
    dfdc_preview,
    faceforensics,
    real_vs_fake_140k,
    uadfv,
)
from stages.index.layouts import folder as plain
from stages.index.listed_item import Aside, ListedItem

PAGE = "docs/datasets.md"


@dataclass(frozen=True)
class Layout:
    """How one dataset is laid out.

    Attributes
    ----------
    read : callable
        Turns a folder into what the owners say of each file.
    looks_for : str
        What the layout is known by, for a message.
    """

    read: Callable[[Folder], Iterator[ListedItem | Aside]]
    looks_for: str


LAYOUTS = {
    "celeb_df": Layout(celeb_df.read, celeb_df.LOOKS_FOR),
    "csv": Layout(csv_list.read, csv_list.LOOKS_FOR),
    "dacon": Layout(dacon.read, dacon.LOOKS_FOR),
    "deeper_forensics": Layout(deeper_forensics.read, deeper_forensics.LOOKS_FOR),
    "deepfake_timit": Layout(deepfake_timit.read, deepfake_timit.LOOKS_FOR),
    "df40": Layout(df40.read, df40.LOOKS_FOR),
    "dfd": Layout(faceforensics.read_dfd, faceforensics.LOOKS_FOR_DFD),
    "dfdc": Layout(dfdc.read, dfdc.LOOKS_FOR),
    "dfdc_preview": Layout(dfdc_preview.read, dfdc_preview.LOOKS_FOR),
    "faceforensics": Layout(faceforensics.read, faceforensics.LOOKS_FOR),
    "folder": Layout(plain.read, plain.LOOKS_FOR),
    "real_vs_fake_140k": Layout(real_vs_fake_140k.read, real_vs_fake_140k.LOOKS_FOR),
    "uadfv": Layout(uadfv.read, uadfv.LOOKS_FOR),
}
for _level in faceforensics.COMPRESSIONS:
    LAYOUTS[f"faceforensics_{_level}"] = Layout(
        partial(faceforensics.read, compression=_level), faceforensics.LOOKS_FOR
    )
    LAYOUTS[f"dfd_{_level}"] = Layout(
        partial(faceforensics.read_dfd, compression=_level), faceforensics.LOOKS_FOR_DFD
    )


def layout_named(name: str, dataset: str) -> Layout:
    """The layout called `name`.

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


def read_layout(name: str, layout: Layout, folder: Folder) -> list[ListedItem | Aside]:
    """What the layout says of each file of `folder`.

    Raises
    ------
    InputError
        The folder is not laid out like this.
    """
    listed = list(layout.read(folder))
    if not any(isinstance(item, ListedItem) for item in listed):
        raise InputError(
            f"{folder.root} is not laid out as '{name}': looked for {layout.looks_for}; "
            f"found {folder.entries()}; see {PAGE}"
        )
    return listed
