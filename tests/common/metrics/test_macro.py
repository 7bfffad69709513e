"""Which method a model tells apart worst: stages/common/metrics/macro.py."""

import pandas as pd

from stages.common.metrics.macro import worst_methods


def auc_of(split, dataset, method, value, level="video", metric="auc"):
    return {
        "split": split,
        "dataset": dataset,
        "method": method,
        "level": level,
        "metric": metric,
        "value": value,
    }


def test_the_worst_method_is_that_with_the_lowest_auc_by_video_of_any_dataset():
    metrics = pd.DataFrame(
        [
            auc_of("test", "ff", "all", 0.4),
            auc_of("test", "ff", "FaceSwap", 0.9),
            auc_of("test", "ff", "Deepfakes", 0.7),
            auc_of("test", "ff", "Face2Face", 0.1, level="frame"),
            auc_of("test", "ff", "Face2Face", 0.2, metric="log_loss"),
            auc_of("val", "ff", "FaceSwap", 0.3),
            auc_of("val", "ff", "Deepfakes", 0.2),
            auc_of("unseen", "a", "simswap", 0.6),
            auc_of("unseen", "b", "simswap", 0.5),
            auc_of("unseen", "b", "e4e", float("nan")),
        ]
    )
    worst = worst_methods(metrics)
    assert worst[["dataset", "method", "value"]].to_dict("index") == {
        "test": {"dataset": "ff", "method": "Deepfakes", "value": 0.7},
        "unseen": {"dataset": "b", "method": "simswap", "value": 0.5},
    }


def test_one_method_alone_is_not_called_the_worst():
    metrics = pd.DataFrame(
        [auc_of("test", "ff", "all", 0.4), auc_of("test", "ff", "FaceSwap", 0.9)]
    )
    assert worst_methods(metrics).empty
