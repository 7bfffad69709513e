"""Tables as those of a split, in the shapes of real datasets.

Each maker gives a row a face (key, ``frame``, ``time``, ``track``, box, ``label``, ``group``,
``target``, ``donor``, ``original``), without crops. How many reals a dataset has, how many fakes
are made from each, and who is linked with whom is the dataset's; what the boxes are is drawn.
"""

from itertools import product

import numpy as np
import pandas as pd

FPS = 25
METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures")


def ffpp_like(pairs: int = 100, frames: int = 8, seed: int = 0) -> pd.DataFrame:
    """FaceForensics++: swaps of the two clips of a pair in both directions, by four methods.

    Every fake shows the target's video and the donor's face or expression, so that a pair is a
    group, of two reals and eight fakes. Face2Face's fakes are as long as the donor's video, those
    of FaceSwap and NeuralTextures as the shorter of the two.
    """
    items = []
    for pair in range(pairs):
        clips = [f"{2 * pair:03d}", f"{2 * pair + 1:03d}"]
        both = np.random.default_rng([seed, pair]).integers(300, 700, 2)
        lengths = dict(zip(clips, both, strict=True))
        for target, donor in (clips, clips[::-1]):
            group = {"group": clips[0], "target": target}
            items.append(group | {"method": "real", "item": target, "length": lengths[target]})
            about = {"item": f"{target}_{donor}", "donor": donor, "original": target}
            of_methods = (lengths[target], lengths[donor], min(both), min(both))
            for method, length in zip(METHODS, of_methods, strict=True):
                items.append(group | about | {"method": method, "length": length})
    return _videos("ffpp", items, frames, seed)


def celeb_df_like(
    fakes: int = 5639, unlinked: int = 300, frames: int = 8, seed: int = 0
) -> pd.DataFrame:
    """Celeb-DF v2: 590 reals of 59 persons, `unlinked` reals of nobody known, fakes of two persons.

    Nearly every person is linked with every other one, so that one group holds all fakes.
    """
    persons, videos = 59, 10
    rng = np.random.default_rng(seed)
    known = [(person, video) for person in range(persons) for video in range(videos)]
    items = [
        {"item": f"id{person}_{video:04d}", "target": f"id{person}", "group": "id0"}
        for person, video in known
    ]
    items += [{"item": name, "target": name, "group": name} for name in _names("yt", unlinked)]
    items = [item | {"method": "real"} for item in items]
    swaps = [(*clip, donor) for clip, donor in product(known, range(persons)) if donor != clip[0]]
    for person, video, donor in rng.permutation(swaps)[:fakes]:
        items.append(
            {
                "method": "Celeb-synthesis",
                "item": f"id{person}_id{donor}_{video:04d}",
                "target": f"id{person}",
                "donor": f"id{donor}",
                "original": f"id{person}_{video:04d}",
                "group": "id0",
            }
        )
    return _videos("celeb", items, frames, seed)


def dfdc_like(reals: int = 600, frames: int = 8, seed: int = 0) -> pd.DataFrame:
    """DFDC: five fakes a real, whose donors nobody names; two persons in each sixth clip.

    A fake shows the persons of its original, at their places; both count as fake.
    """
    items = []
    for number, name in enumerate(_names("clip", reals)):
        about = {"group": name, "target": name, "persons": 1 + (number % 6 == 0)}
        items.append(about | {"method": "real", "item": name})
        items += [
            about | {"method": "fake", "item": f"{name}x{fake}", "original": name}
            for fake in range(5)
        ]
    return _videos("dfdc", items, frames, seed)


def df40_like(pairs: int = 100, pictures: int = 32, seed: int = 0) -> pd.DataFrame:
    """DF40: pictures of FaceForensics++'s clips, each an item whose only frame is 0.

    Of four methods; that a picture of a fake was made from one of a real is not named.
    """
    items = []
    for pair in range(pairs):
        clips = [f"{2 * pair:03d}", f"{2 * pair + 1:03d}"]
        for (target, donor), picture in product((clips, clips[::-1]), range(pictures)):
            group = {"group": f"ff {clips[0]}", "target": f"ff {target}"}
            items.append(group | {"method": "real", "item": f"{target}/{picture:03d}.png"})
            about = {"item": f"ff/{target}_{donor}/{picture:03d}.png", "donor": f"ff {donor}"}
            items += [group | about | {"method": method} for method in METHODS]
    return _videos("df40", items, 1, seed)


SHAPES = {
    "FaceForensics++": ffpp_like,
    "Celeb-DF": celeb_df_like,
    "DFDC": dfdc_like,
    "DF40": df40_like,
}
"""Makers by dataset."""


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:05d}" for number in range(count)]


def _videos(dataset: str, items: list[dict], frames: int, seed: int) -> pd.DataFrame:
    """Rows of the faces in `frames` frames of each item, spread over its ``length``.

    A fake has the persons' places of its original, within a few pixels, and if nothing else is said
    its length, which is drawn.
    """
    clips: dict[str, tuple[int, np.ndarray]] = {}
    rows = []
    for number, item in enumerate(items):
        rng = np.random.default_rng([seed, number])
        persons = item.pop("persons", 1)
        clip = item.get("original", item["item"])
        if clip not in clips:
            clips[clip] = int(rng.integers(300, 500)), rng.uniform(40, 60, (persons, 4))
        length, places = clips[clip]
        length = item.pop("length", length)
        chosen = (2 * np.arange(frames) + 1) * length // (2 * frames) if frames > 1 else [0]
        for frame, track in product(chosen, range(persons)):
            left, top, width, height = places[track] + rng.uniform(-3, 3, 4)
            box = {"x": left + 300 * track, "y": top, "width": width, "height": height}
            rows.append(item | box | {"frame": int(frame), "track": track, "time": frame / FPS})
    table = pd.DataFrame(rows).assign(dataset=dataset)
    for column in ("donor", "original"):
        table[column] = table[column].fillna("") if column in table else ""
    for column in ("group", "target", "donor"):
        table[column] = (dataset + "/" + table[column]).where(table[column] != "", "")
    return table.assign(label=np.where(table["method"] == "real", "real", "fake"))
