"""Tell which tracks of real videos show one person, over all datasets.

Where owners do not say who is in a video, an actor of train may be in test. Without
`identify.weights` nobody is identified, and the table is empty. Fakes are left out, since a swapped
face is neither person's: a fake goes where its original goes.

Command
    ``python -m stages.identify``
Reads
    ``data/index/*.csv``; ``data/faces/<role>/<dataset>``, their face tables and crops; datasets
    that params.yaml no longer lists are first removed from both folders
Writes
    ``data/persons.csv``, ``metrics/identify.json``; ``.work/embeddings``, the vectors of the tracks
    of each item, so that only new ones are computed
Parameters
    ``datasets``, ``identify``; versions of ``media``, ``dlib`` and ``statistics``
"""

import hashlib
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.archive import item_path, read_record
from stages.common.code import code_of
from stages.common.command import run_stage
from stages.common.datasets import DatasetParams
from stages.common.items import Job, run_items
from stages.common.listed import drop_unlisted
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.table import KEY, read, write
from stages.common.tables.faces import FACES, FACES_ROOT, ROLES, crops_folder, faces_path
from stages.common.tables.index import INDEX, INDEX_ROOT, index_path
from stages.common.tables.persons import PERSONS, PERSONS_PATH
from stages.common.versions import pinned
from stages.identify.cluster import persons
from stages.identify.embed import Tracks, embed_tracks
from stages.identify.params import IdentifyParams

EMBEDDINGS = Path(".work/embeddings")


def main() -> None:
    """Update the vectors of all tracks, and group them."""
    pinned("statistics")
    params = load("identify", IdentifyParams)
    datasets = load("datasets", dict[str, DatasetParams])
    drop_unlisted(INDEX_ROOT, datasets)
    for role in ROLES:
        if (FACES_ROOT / role).is_dir():
            listed = [name for name, dataset in datasets.items() if dataset.role == role]
            drop_unlisted(FACES_ROOT / role, listed)
    EMBEDDINGS.mkdir(parents=True, exist_ok=True)
    drop_unlisted(EMBEDDINGS, datasets if params.weights else ())
    nobody = pd.DataFrame(columns=[*KEY, "track", "vector"])
    embedded = [
        _embed(name, dataset.role, params) for name, dataset in datasets.items() if params.weights
    ]
    tracks = pd.concat([*embedded, nobody]).sort_values([*KEY, "track"], ignore_index=True)
    vectors = np.array([text.split() for text in tracks["vector"]], float)
    tracks["person"] = persons(vectors, params.max_distance)
    write(PERSONS_PATH, tracks.drop(columns="vector"), PERSONS)
    sizes = tracks["person"].value_counts()
    write_metrics(
        Path("metrics/identify.json"),
        {
            "tracks": len(tracks),
            "persons": len(sizes),
            "persons_in_one_track": int((sizes == 1).sum()),
            "largest_person_tracks": int(sizes.max()) if len(sizes) else 0,
        },
    )


def _embed(dataset: str, role: str, params: IdentifyParams) -> pd.DataFrame:
    """Update the vectors of the tracks of a dataset's reals, and return them."""
    index = read(index_path(dataset), INDEX)
    faces = read(faces_path(role, dataset), FACES)
    real = faces.merge(index.loc[index["label"] == "real", KEY], on=KEY)
    jobs = []
    for (_, method, item), rows in real.groupby(KEY):
        archive = item_path(crops_folder(role, dataset), method, item)
        text = rows[["track", "crop", "landmarks"]].to_csv(index=False)
        content = hashlib.sha256(f"{read_record(archive).digest}\n{text}".encode()).hexdigest()
        jobs.append(Job(dataset, method, item, content, Tracks(archive, rows)))
    outcome = run_items(
        partial(embed_tracks, params=params),
        jobs,
        EMBEDDINGS / dataset,
        provenance={"md5": params.md5, "versions": pinned("media", "dlib")},
        code=code_of(embed_tracks, "identify"),
        label=f"identify {dataset}",
        max_failed_fraction=0.0,  # crops are the pipeline's own
    )
    return outcome.rows


if __name__ == "__main__":
    run_stage(main)
