"""The stage's table: reals alone, over all datasets, empty without a network."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common import table
from stages.common.archive import Record, write_archive
from stages.common.items import Outcome
from stages.common.table import KEY
from stages.common.tables.faces import FACES, FACES_ROOT, HASHES, faces_path
from stages.common.tables.index import INDEX, index_path
from stages.common.tables.persons import PERSONS, PERSONS_PATH
from stages.identify import __main__ as stage
from tests.support.code import add_code
from tests.support.stage_outputs import LANDMARKS, write_item


def in_this_process(work, jobs, folder, **options):
    """Rows of all jobs; the vector of a track is the number in its item's name."""
    rows = [
        (job.dataset, job.method, job.item, track, " ".join([job.item[-1]] * 128))
        for job in jobs
        for track in sorted(set(job.task.faces["track"]))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    return Outcome(pd.DataFrame(rows, columns=[*KEY, "track", "vector"]), pd.DataFrame(), len(jobs))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stage, "run_items", in_this_process)
    add_code(tmp_path)

    def write(datasets, weights="network.dat"):
        """Datasets are name to role and items, whose names end in the number of their person."""
        listed = {name: {"role": role, "layout": "dfdc"} for name, (role, _) in datasets.items()}
        identify = {"weights": weights, "md5": "0" * 32, "max_distance": 0.5}
        Path("params.yaml").write_text(yaml.safe_dump({"datasets": listed, "identify": identify}))
        for name, (role, items) in datasets.items():
            index, faces = [], []
            for item in items:
                label = item.split("_")[0]
                about = {"dataset": name, "method": label, "item": item, "label": label}
                faces += write_item([np.zeros((8, 8, 3), np.uint8)], role=role, group=item, **about)
                file = {"path": item, "kind": "video", "official_split": "", "md5": "0" * 32}
                index.append(about | file | dict.fromkeys(["group", "target"], item))
            rows = pd.DataFrame(index).assign(donor="", original="", attributes="")
            table.write(index_path(name), rows, INDEX)
            columns = [column for column in FACES.columns if column not in HASHES]
            rows = pd.DataFrame(faces)[columns].assign(**dict.fromkeys(HASHES, ""))
            table.write(faces_path(role, name), rows, FACES)

    return write


def found():
    rows = table.read(PERSONS_PATH, PERSONS)
    return {(row.dataset, row.item): row.person for row in rows.itertuples()}


def test_reals_of_all_datasets_are_compared_and_fakes_are_left_out(project):
    project({"a": ("seen", ["real_1", "fake_1", "real_2"]), "b": ("unseen", ["real_2", "real_3"])})
    stage.main()
    persons = {("a", "real_1"): 0, ("a", "real_2"): 1, ("b", "real_2"): 1, ("b", "real_3"): 2}
    assert found() == persons
    metrics = json.loads(Path("metrics/identify.json").read_text())
    assert metrics["tracks"] == 4
    assert metrics["persons"] == 3
    assert metrics["persons_in_one_track"] == 2
    assert metrics["largest_person_tracks"] == 2


def test_without_a_network_nobody_is_identified_and_no_vector_stays(project):
    project({"a": ("seen", ["real_1"])})
    stage.main()
    assert (stage.EMBEDDINGS / "a").exists()
    project({"a": ("seen", ["real_1"])}, weights="")
    stage.main()
    assert found() == {}
    assert not (stage.EMBEDDINGS / "a").exists()


def test_what_is_no_longer_listed_goes(project):
    project({"a": ("seen", ["real_1"]), "b": ("unseen", ["real_2"])})
    stage.main()
    project({"a": ("seen", ["real_1"])})
    stage.main()
    assert not index_path("b").exists()
    assert not (FACES_ROOT / "unseen" / "b").exists()
    assert not (stage.EMBEDDINGS / "b").exists()
    assert found() == {("a", "real_1"): 0}


def test_what_a_vector_is_made_of_is_its_content(project, monkeypatch):
    contents = []

    def noted(work, jobs, folder, **options):
        contents.append([job.content for job in jobs])
        return in_this_process(work, jobs, folder)

    monkeypatch.setattr(stage, "run_items", noted)
    project({"a": ("seen", ["real_1", "real_2"])})
    stage.main()
    archive = FACES_ROOT / "seen" / "a" / "crops" / "real" / "real_1.zip"
    write_archive(archive, Record("another"), {"0.png": b"crop"})
    stage.main()
    faces = table.read(faces_path("seen", "a"), FACES)
    faces.loc[1, "landmarks"] = LANDMARKS["landmarks"].replace("12", "13", 1)
    table.write(faces_path("seen", "a"), faces, FACES)
    stage.main()
    first, second, third = contents
    assert [one == other for one, other in zip(first, second, strict=True)] == [False, True]
    assert [one == other for one, other in zip(second, third, strict=True)] == [True, False]
