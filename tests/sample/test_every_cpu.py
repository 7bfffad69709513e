"""The sample's bytes stay the same when libraries may use less of the CPU."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.end_to_end

# Two groups that are linked, with every method; then the tables that come of their bytes.
RENDER = """
import ctypes, hashlib, json, sys, tempfile
from pathlib import Path
import av, cv2
import numpy as np
import pandas as pd
from stages.index.folder import scan
from stages.index.layout import read_layout
from stages.index.rows import index_rows
from stages.sample import clip, exact, fields, manipulate
from stages.sample.cast import Cast
from stages.sample.dataset import write_group, write_metadata
from stages.sample.params import SampleParams
from stages.split.params import SplitParams
from stages.split.assign import split_items

clip.X264["x264-params"] += sys.argv[1]
if sys.argv[2]:
    loaded = {line.split()[-1] for line in open("/proc/self/maps")}
    (libavutil,) = [path for path in loaded if "/av.libs/libavutil" in path]  # OpenCV has another
    ctypes.CDLL(libavutil).av_force_cpu_flags(int(sys.argv[2]))
small = SampleParams(seed=3, groups=4, unseen_groups=1, frames=2, fps=12, width=256, height=192)
casts = [Cast(("self_blended", "reenacted")), Cast(("swap", "morphed"), linked=True)]
casts += [Cast(("swap",), persons=2), Cast(("morphed",))]
part = Path(tempfile.mkdtemp(dir=sys.argv[3]))
write_metadata(part, [write_group(part, [3, 0, n], cast, small) for n, cast in enumerate(casts)])
md5 = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in sorted(part.iterdir())}
items = read_layout("dfdc", scan(part))
index = index_rows("sample", items, [md5[item.path] for item in items]).assign(role="seen")
ratios = {"train": 1, "val": 1, "test": 1}
actions = {f"same_{what}_two_datasets": "drop" for what in ("content", "source", "picture")}
split = SplitParams(seed=0, by="source", ratios=ratios, official=[], **actions)
nothing = pd.DataFrame({"place": [], "other": []}, dtype=str)
placed, _ = split_items(index, split, pictures=nothing, persons=nothing)
# What few pixels of a smooth picture would show, noise does.
rng = np.random.default_rng(0)
noise = rng.integers(0, 256, (512, 512, 3), np.uint8)
steps = [exact.sample(noise, rng.uniform(0, 511, (512, 512, 2))), exact.bell(rng, 10**5)]
steps += [exact.blur(noise, sigma) for sigma in (0.3, 0.9, 2.5, 7.3)]
steps += [fields.noise(rng, 512, 512, 40, 3), manipulate.moments(noise, noise[..., :1])]
steps += [cv2.cvtColor(noise, cv2.COLOR_RGB2YUV_I420)]
noise_md5 = [hashlib.md5(np.array(step).tobytes()).hexdigest() for step in steps]
print(json.dumps([md5, index.to_csv(), placed.to_csv(), noise_md5]))
"""


def render(folder, environment=None, x264="", ffmpeg=""):
    result = subprocess.run(
        [sys.executable, "-c", RENDER, x264, ffmpeg, str(folder)],
        env=os.environ | (environment or {}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    rendered = render(tmp_path_factory.mktemp("all"))
    files, index, split, _ = rendered
    assert len(files) == 11
    assert index.count("fake") > 0
    assert all(name in split for name in ("train", "val", "test"))
    return rendered


@pytest.mark.parametrize(
    "less",
    [
        {"environment": {"NPY_DISABLE_CPU_FEATURES": "AVX512_SPR AVX512_ICL X86_V4"}},
        {"environment": {"NPY_DISABLE_CPU_FEATURES": "AVX512_SPR AVX512_ICL X86_V4 X86_V3"}},
        {"environment": {"OPENCV_CPU_DISABLE": "AVX512-SKX"}},
        {"environment": {"OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FP16,AVX"}},
        {"environment": {"OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FP16,AVX,SSE4.2,SSE4.1"}},
        {"environment": {"OPENCV_IPP": "disabled"}},
        {"environment": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4"}},
        {"x264": ":asm=AVX2"},
        {"x264": ":asm=SSE2"},
        {"x264": ":asm=0"},
        {"ffmpeg": "0"},
    ],
    ids=str,
)
def test_less_of_the_cpu_gives_the_same_bytes(expected, tmp_path, less):
    assert render(tmp_path, **less) == expected
