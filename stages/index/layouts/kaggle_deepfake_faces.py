"""Deepfake Faces (Kaggle, dagnelies): a face of each video of DFDC's training set, 224 px."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.index.folder import Folder
from stages.index.layouts._lists import read_rows
from stages.index.listed_item import ListedItem, stem

LIST = "metadata.csv"
LOOKS_FOR = f"{LIST} with the columns videoname, label and original, beside faces_224/*.jpg"


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group fakes with their original, even if the original is not on disk.

    The owners name neither method nor person, as in DFDC itself.
    """
    for listing in folder.named(LIST):
        pictures = PurePosixPath(listing).parent / "faces_224"
        for row in read_rows(folder, listing, ("videoname", "label", "original")):
            name, label = stem(row["videoname"]), row["label"].lower()
            original = stem(row["original"])
            yield ListedItem(
                path=str(pictures / f"{name}.jpg"),
                label=label,
                method=label,
                item=name,
                source_ids=(original or name,),
                original=original,
            )
