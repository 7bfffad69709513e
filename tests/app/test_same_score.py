"""The app gives a clip or picture the score that the pipeline gives it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stages.common import table
from stages.common.archive import Record, item_path, write_archive
from stages.common.clips import SINGLE_FRAMES, ClipParams
from stages.common.params import load
from stages.common.tables.detections import DETECTIONS, detections_path
from stages.common.tables.faces import FACES, FACES_ROOT, crops_folder, faces_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder

pytestmark = pytest.mark.end_to_end

KEY = {"dataset": "own", "method": "swap", "item": "face"}


def store(folder, made):
    path = item_path(folder, KEY["method"], KEY["item"])
    write_archive(path, Record("", rows=made.rows), made.members)
    return path


def with_clips(params, clip):
    return params.model_copy(update={"clip": clip})


def through_the_stages(path, clip):
    """Rows of the face table and their crops on disk, as frames, detect and faces leave them."""
    from stages.common.registry import find
    from stages.detect.boxes import ToSearch, detect_item
    from stages.detect.detector import DETECTORS
    from stages.faces.find import ItemInputs, faces_of_item
    from stages.faces.params import FacesParams
    from stages.frames.extract import extract
    from stages.frames.section import FramesSection

    made = extract(path, path.parent, with_clips(load("frames", FramesSection), clip))
    archive = store(frames_folder("own"), made)
    table.write(frame_table_path("own"), pd.DataFrame(made.rows).assign(**KEY), FRAMES)
    detections = {}
    for name in load("detectors", list[str]):
        params = load(f"detect.{name}", find("detector", name, DETECTORS).Params)
        boxes = detect_item(ToSearch(archive, tuple(made.rows["frame"])), name, params)
        path = detections_path("own", name)
        table.write(path, pd.DataFrame(boxes.rows).assign(**KEY), DETECTIONS)
        detections[name] = table.read(path, DETECTIONS).drop(columns=list(KEY))
    frames = table.read(frame_table_path("own"), FRAMES).drop(columns=list(KEY))
    made = faces_of_item(ItemInputs(archive, frames, detections), load("faces", FacesParams), clip)
    crops = store(crops_folder("seen", "own"), made)
    rows = pd.DataFrame(made.rows)
    table.write(faces_path("seen", "own"), rows[rows["kept"].astype(bool)].assign(**KEY), FACES)
    faces = table.read(faces_path("seen", "own"), FACES)
    return faces.assign(archive=crops.relative_to(FACES_ROOT).as_posix())


def by(unit, model):
    """`model` with scores by item or by person."""
    members = [
        replace(
            member,
            decision=member.decision.model_copy(
                update={"aggregation": member.decision.aggregation.model_copy(update={"by": unit})}
            ),
        )
        for member in model.members
    ]
    return replace(model, members=tuple(members))


@pytest.mark.parametrize(
    ("name", "unit", "clip"),
    [
        ("face", "item", SINGLE_FRAMES),
        ("two", "person", SINGLE_FRAMES),
        ("face.png", "item", SINGLE_FRAMES),
        ("two", "person", ClipParams(frames=4, stride=1)),
    ],
)
def test_an_item_gets_the_score_that_evaluate_gives_it(inside, items, name, unit, clip):
    from app.analysis import analyse
    from app.models import load_models
    from stages.common.metrics.score_tables import score_tables
    from stages.common.network import score_faces
    from stages.compare.ensemble import with_ensembles
    from stages.faces.preprocessing import load_preprocessing

    faces = through_the_stages(items[name], clip).assign(split="test", label="fake")
    faces = faces.assign(group="own/face", target="own/face", donor="")
    preprocessing = load_preprocessing()
    preprocessing = replace(preprocessing, frames=with_clips(preprocessing.frames, clip))
    for loaded in load_models().values():
        model = by(unit, loaded)
        analysis = analyse(items[name], model, preprocessing)
        tables, of_members = {}, []
        for member in model.members:
            logits = score_faces(member.network, faces, model.batch_size, decoders=1)
            frames, videos = score_tables(faces, logits, member.decision)
            tables[member.name] = {"frame": frames, "video": videos}
            of_members.append(frames["p_fake"].to_numpy())
        ensembles = {"ensemble": model.ensemble} if model.ensemble else {}
        expected = with_ensembles(tables, ensembles)[model.name]
        assert analysis.p_fake == pytest.approx(expected["video"]["p_fake"].item(), abs=2e-6)
        # Each face has the score that an item of this face alone would get
        alone = faces.assign(item=[f"{row.frame} {row.track}" for row in faces.itertuples()])
        found = analysis.clip.faces.assign(p_fake=analysis.p_faces)
        expected = model.score_items(alone, np.stack(of_members)).set_index("item")["p_fake"]
        merged = alone.merge(found, on=["frame", "track"])
        assert len(merged) == len(faces) == len(found)
        assert merged["p_fake"].to_numpy() == pytest.approx(
            expected[merged["item"]].to_numpy(), abs=2e-6
        )


def test_a_later_detector_searches_only_what_the_first_was_not_sure_of(inside, items, monkeypatch):
    from app import clip
    from stages.faces.preprocessing import load_preprocessing

    searched = {}

    def detect(pictures, name, params):
        searched[name] = len(pictures)
        return found(pictures, name, params)

    found = clip.detect_stored
    monkeypatch.setattr(clip, "detect_stored", detect)
    always = clip.read_clip(items["face"], load_preprocessing())
    frames = len(always.frames)
    assert searched == {"mtcnn": frames, "dlib": frames}
    preprocessing = replace(load_preprocessing(), second="misses")
    misses = clip.read_clip(items["face"], preprocessing)
    assert searched["mtcnn"] == frames
    assert searched["dlib"] < frames
    assert misses.crops == always.crops


def test_every_person_has_a_track_and_a_score(inside, items):
    from app.analysis import analyse
    from app.models import load_models
    from stages.faces.preprocessing import load_preprocessing
    from tests.support.app import JUDGE

    analysis = analyse(items["two"], load_models(JUDGE)[JUDGE], load_preprocessing())
    assert [person.number for person in analysis.persons] == [1, 2]
    assert all(person.evidence.frames >= 3 for person in analysis.persons)
    assert set(analysis.frames) == set(analysis.clip.frames["frame"])
    low, high = analysis.spread
    assert low <= high
