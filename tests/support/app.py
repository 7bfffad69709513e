"""A small repository with tiny models, and clips, made for the tests of the app."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pandas as pd
import yaml

from stages.profiles import profile
from tests.support.paths import ROOT

DEMONSTRATION, JUDGE = "vgg16", "xception"
"""A model of the embedded sample alone, and one that knows other data."""


SOUND_RATE = {"libopus": 48_000}


def write_clip(
    path, frames, fps=10, sound=None, codec="libx264", rotation=None, times=None, last=None
):
    """Write RGB `frames`; `sound` names the codec of a tone as long as the clip; `last` is the
    duration of the last frame in seconds.
    """
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=fps, options={"crf": "10"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        voice = output.add_stream(sound, rate=SOUND_RATE.get(sound, 44_100)) if sound else None
        if voice:
            voice.codec_context.layout = "mono"

        def timed(packets):
            for packet in packets:
                if last is not None and packet.pts * packet.time_base > (len(frames) - 1.5) / fps:
                    packet.duration = round(last / packet.time_base)
            return packets

        for number, pixels in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            time = number / fps if times is None else times[number]
            picture.pts, picture.time_base = round(time * 90_000), Fraction(1, 90_000)
            output.mux(timed(stream.encode(picture)))
        output.mux(timed(stream.encode()))
        if voice:
            tone = np.sin(np.arange(int(44_100 * len(frames) / fps)) / 16).astype(np.float32)
            for start in range(0, len(tone), 1024):
                part = av.AudioFrame.from_ndarray(
                    tone[None, start : start + 1024], format="fltp", layout="mono"
                )
                part.sample_rate, part.pts = 44_100, start
                output.mux(voice.encode(part))
            output.mux(voice.encode())


def make_model(name, datasets, bias):
    """A tiny network and its decision, in the form that the pipeline stores them."""
    import keras

    from stages.common.metrics.aggregate import Aggregation
    from stages.common.metrics.decision import Decision, FittedOn, Level, write_decision
    from stages.train.model_file import save_model

    keras.utils.set_random_seed(len(name))
    crops = keras.Input((32, 32, 3), name="crops")
    pictures = keras.Input((32, 32, 3))
    features = keras.Model(
        pictures, keras.layers.Conv2D(8, 3, strides=2, activation="relu")(pictures), name=name
    )
    maps = features(keras.layers.Rescaling(1 / 127.5, offset=-1)(crops))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(maps)
    kept = keras.layers.Dropout(0.2)(pooled)
    logit = keras.layers.Dense(
        1,
        name="logit",
        kernel_initializer=keras.initializers.RandomNormal(stddev=8, seed=1),
        bias_initializer=keras.initializers.Constant(bias),
    )(kept)
    save_model(keras.Model(crops, logit), Path(f"models/{name}/model.keras"))
    decision = Decision(
        aggregation=Aggregation(method="mean", top_k=3, by="item", consistency=0.5, min_faces=3),
        frame=Level(slope=0.6, bias=0.2, prior=0.5, val_share=0.5, threshold=0.5),
        video=Level(slope=1.25, bias=-0.3, prior=0.5, val_share=0.5, threshold=0.5),
        fitted_on=FittedOn(split="val", sha256="", datasets=datasets, faces=4, items=4, groups=2),
    )
    write_decision(Path(f"models/{name}/decision.json"), decision)


def make_ensemble():
    """The ensemble of both models, in the form that stage `compare` stores it."""
    from stages.common.metrics.decision import Level
    from stages.compare.ensemble import ENSEMBLES_PATH, MEAN, Ensemble, write_ensembles

    ensemble = Ensemble(
        weights={DEMONSTRATION: 0.5, JUDGE: 0.5},
        frame=Level(slope=1.4, bias=0.3, prior=0.5, val_share=0.5, threshold=0.5),
        video=Level(slope=0.7, bias=-0.2, prior=0.5, val_share=0.5, threshold=0.4),
    )
    write_ensembles(ENSEMBLES_PATH, {MEAN: ensemble})


def made_scores(sharp=4.0, seed=0, groups=(("val", 40), ("test", 40))):
    """Item scores of a real and a fake a group, further apart the larger `sharp` is."""
    rng = np.random.default_rng(seed)
    rows = []
    for split, count in groups:
        for number in range(count):
            for label, side in (("real", -1), ("fake", 1)):
                odds = side * sharp / 2 + rng.normal()
                rows.append(
                    {
                        "dataset": "own",
                        "method": label if label == "real" else "swap",
                        "item": f"{split}{number}{label}",
                        "faces": 4,
                        "split": split,
                        "label": label,
                        "group": f"own/{split}{number}",
                        "target": f"own/{split}{number}",
                        "donor": "",
                        "p_fake": round(1 / (1 + np.exp(-odds)), 6),
                    }
                )
    return pd.DataFrame(rows)


def write_item_scores(name, scores):
    """Store item scores as stages `evaluate` and `baseline` do."""
    from stages.common import table
    from stages.common.tables.scores import VIDEO_SCORES, video_scores_path

    table.write(video_scores_path(name), scores, VIDEO_SCORES)


def make_repository(folder, backbones):
    """params.yaml and versions.yaml of a small repository, without models."""
    params = profile("tiny", root=ROOT)
    params["backbones"] = backbones
    params["frames"]["max_frames"] = 4
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "versions.yaml").write_text((ROOT / "versions.yaml").read_text())


def write_bomb(path):
    """A PNG of 60 KB that unpacks to 60,000 × 60,000 black pixels, as it claims."""
    import struct
    import zlib

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(7501)) for _ in range(8000)) + packer.flush()
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
