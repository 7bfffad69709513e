"""Nothing that a count of bytes or an average gives away tells fake from real."""

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.sample.cast import CASTS, casts
from stages.sample.clip import write_clip
from stages.sample.group import render_group
from stages.sample.params import SampleParams

pytestmark = pytest.mark.end_to_end

LIMIT = 0.65
MARGIN = 0.3
BINS = 8


def describe(crop, size, seconds):
    """File size, bit rate, length, mean, contrast, histogram, sharpness and JPEG size."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    jpeg = cv2.imencode(".jpg", crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    histogram = [np.histogram(crop[..., c], BINS, (0, 256))[0] / grey.size for c in range(3)]
    return np.concatenate(
        [
            [np.log(size), np.log(size / seconds), seconds],
            crop.mean(axis=(0, 1)),
            crop.std(axis=(0, 1)),
            *histogram,
            [np.log(cv2.Laplacian(grey, cv2.CV_64F).var()), np.log(len(jpeg) / grey.size)],
        ]
    )


def crop_face(frame, landmarks):
    (left, top), (right, bottom) = landmarks.min(axis=0), landmarks.max(axis=0)
    x, y = MARGIN * (right - left), MARGIN * (bottom - top)
    return frame[max(0, int(top - y)) : int(bottom + y), max(0, int(left - x)) : int(right + x)]


def describe_dataset(folder, name, groups, frames):
    sample = SampleParams(
        seed=7, groups=groups, unseen_groups=1, frames=frames, fps=12, width=256, height=192
    )
    number = list(CASTS).index(name)
    rows, labels, group_ids = [], [], []
    for index, cast in enumerate(casts(name, groups)):
        group = render_group([sample.seed, number, index], cast, sample)
        clips = [group.pristine, *(fake.frames for fake in group.fakes)]
        for clip_name, clip in zip(group.names, clips, strict=True):
            path = folder / clip_name
            write_clip(path, clip, sample.fps, group.camera.quality)
            for frame, landmarks in zip(clip, group.landmarks, strict=True):
                crop = crop_face(frame, landmarks)
                rows.append(describe(crop, path.stat().st_size, frames / sample.fps))
                labels.append(int(clip is not group.pristine))
                group_ids.append(index)
    return np.array(rows), np.array(labels), np.array(group_ids)


def trivial_auc(features, labels, groups):
    """AUC of a logistic regression on unseen groups, with a 95 % bootstrap interval over groups."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    scores = cross_val_predict(
        model, features, labels, groups=groups, cv=GroupKFold(10), method="predict_proba"
    )[:, 1]
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(500):
        rows = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        drawn.append(roc_auc_score(labels[rows], scores[rows]))
    return roc_auc_score(labels, scores), *np.percentile(drawn, [2.5, 97.5])


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {name: describe_dataset(folder, name, 60, 3) for name in CASTS}


@pytest.mark.parametrize("name", CASTS)
def test_trivial_features_hardly_tell_fakes(described, name):
    auc, low, high = trivial_auc(*described[name])
    assert high < LIMIT, f"{auc:.3f} [{low:.3f}, {high:.3f}]"


def test_the_regression_would_notice_fakes_that_are_brighter(described):
    features, labels, groups = described["sample"]
    means = features.copy()
    means[:, 3:6] += 60 * labels[:, None]
    _, _, high = trivial_auc(means, labels, groups)
    assert high > LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("name", CASTS)
def test_trivial_features_hardly_tell_fakes_of_the_whole_sample(tmp_path, name):
    auc, low, high = trivial_auc(*describe_dataset(tmp_path, name, 128, 12))
    assert high < LIMIT, f"{auc:.3f} [{low:.3f}, {high:.3f}]"
