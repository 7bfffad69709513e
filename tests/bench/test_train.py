"""What the bench of training speed prints, and that its own contenders run."""

from dataclasses import replace

import pytest

from bench import train
from bench.train import Job, compare, ours, usual

TINY = Job("vgg16", 32, 2, 1, gpu=False, precision="float32")
RATES = {
    ("graph", False): {"step": 10.0, "archives": 4.0, "cache": 9.0, "operations": 2e9},
    ("graph", True): {"step": 8.0, "archives": 6.0, "cache": 8.0, "operations": 2e9},
    (False,): {"step": 20.0},
    (True,): {"step": 5.0},
    (): {"archives": 3.0},
}


def test_others_are_compared_with_the_best_of_ours(monkeypatch, capsys):
    monkeypatch.setattr(train, "_has", lambda contender: True)
    monkeypatch.setattr(train, "_alone", lambda contender, job, *options: dict(RATES[options]))
    compare(TINY, peak=1e11)
    _, *lines = capsys.readouterr().out.splitlines()
    printed = {
        name.strip(): rest.split("; ") for name, _, rest in (x.partition(":") for x in lines)
    }
    assert list(printed) == [
        "ours, graph",
        "ours, graph, deterministic",
        "timm",
        "timm, compiled",
        "usual",
    ]
    assert "20.0% of the peak FLOP/s" in printed["ours, graph"]
    assert {"archives: 60.0% waiting", "cache: 10.0% waiting"} < set(printed["ours, graph"])
    assert printed["timm"][1:] == ["40.0% of the peak FLOP/s", "the best of ours is 0.50 x that"]
    assert printed["timm, compiled"][-1] == "the best of ours is 2.00 x that"
    assert printed["usual"][1:] == ["the best of ours is 2.00 x that"]


def test_the_usual_script_knows_no_mixed_precision(monkeypatch, capsys):
    monkeypatch.setattr(train, "_has", lambda contender: True)
    monkeypatch.setattr(train, "_alone", lambda contender, job, *options: dict(RATES[options]))
    compare(replace(TINY, precision="mixed_bfloat16"), peak=1e11)
    printed = capsys.readouterr().out
    assert "mixed_bfloat16" in printed.splitlines()[0]
    assert "timm" in printed
    assert "usual" not in printed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contender", "options", "loaders"),
    [
        (ours, ("graph", True), {"step", "archives", "cache", "operations"}),
        (usual, (), {"archives"}),
    ],
)
def test_a_contender_trains_on_each_loader(contender, options, loaders):
    rates = train._alone(contender, TINY, *options)
    assert set(rates) == loaders
    assert all(rate > 0 for rate in rates.values())
