"""Whether intervals hold the truth, and tests err, as often as they say: simulated score tables.

Command
    ``python -m bench.statistics [--trials 200]``, two minutes on one core
Reads, writes
    nothing; prints the tables of docs/benchmarks.md

Scores are a logit each: that of the label, effects of persons, noise. The truth is known, since
each score's distribution is. Coverage is the share of simulated tables whose interval holds it;
false positives are the tables on which two equally good models are told apart at 5 %, or a gap is
found between values of an attribute that has no effect; power is the share on which two unequal
models are told apart.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import binomtest

from stages.common.auc import auc_components
from stages.common.metrics.bootstrap import Intervals, interval, p_value, resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.replicates import Replicates, UnitCounts
from stages.common.metrics.scores import Scores
from stages.compare.obuchowski import obuchowski_test
from stages.explain.attributes import Attribute
from stages.explain.errors_by import estimate_errors
from stages.explain.gaps import gap_rows

MEASURED = ("auc", "balanced_accuracy", "log_loss")
INTERVALS = Intervals(replicates=500, confidence=0.95, min_clusters=10, seed=0)
TESTS = INTERVALS.model_copy(update={"replicates": 200})  # enough for a standard error
GAIN = 2.0  # between the mean logits of fakes and of reals
LEVEL = 0.05


@dataclass(frozen=True)
class Effects:
    """Standard deviations of what a logit is made of.

    Attributes
    ----------
    target, donor : float
        Of the effects of who is shown, one a person and role; `target` is also that of the effect
        of a real's person.
    alike : float
        Correlation of the effects of one person in its roles, in [0, 1].
    noise : float
        Of each item on its own.
    """

    target: float
    donor: float
    alike: float
    noise: float


NONE = Effects(target=0.0, donor=0.0, alike=0.0, noise=1.4)
MODERATE = Effects(target=0.6, donor=0.5, alike=0.0, noise=1.1)
STRONG = Effects(target=0.8, donor=0.7, alike=0.5, noise=1.0)
EXTREME = Effects(target=0.9, donor=0.8, alike=0.8, noise=0.8)


def celeb_df(rng: np.random.Generator) -> pd.DataFrame:
    """Celeb-DF's official test list: 59 persons, 178 reals, 340 fakes of two persons each.

    70 of the reals are clips of nobody else. Persons are shown unequally often, as in the list.
    """
    share = rng.gamma(2, size=59)
    share /= share.sum()
    persons = rng.choice(59, 108, p=share)
    target, donor = rng.choice(59, (2, 1000), p=share)
    different = np.flatnonzero(target != donor)[:340]
    return _rows(
        target=[*persons, *range(59, 129), *target[different]],
        donor=[-1] * 178 + [*donor[different]],
        fakes=340,
    )


def plain(rng: np.random.Generator, groups: int = 60) -> pd.DataFrame:
    """A real and a fake a group, and nobody's face of another one."""
    return _rows(target=[*range(groups)] * 2, donor=[-1] * (2 * groups), fakes=groups)


def ones_and_fives(rng: np.random.Generator) -> pd.DataFrame:
    """140 groups, half of one item and half of five, each of one label."""
    label = rng.permutation(140) % 2
    group = np.concatenate([np.arange(70), np.repeat(np.arange(70, 140), 5)])
    group = group[np.argsort(label[group], kind="stable")]
    return _rows(target=[*group], donor=[-1] * group.size, fakes=int(label[group].sum()))


def _rows(target: list[int], donor: list[int], fakes: int) -> pd.DataFrame:
    names = np.array([*(f"p{person:03d}" for person in range(max(target) + 1)), ""])
    return pd.DataFrame(
        {
            "target": names[target],
            "donor": names[donor],
            "label": np.repeat(["real", "fake"], [len(target) - fakes, fakes]),
        }
    )


def logits(rows: pd.DataFrame, effects: Effects, rng: np.random.Generator) -> np.ndarray:
    """One draw of persons and items: ndarray of float, shape (n,)."""
    fake = (rows["label"] == "fake").to_numpy()
    names = np.unique(rows[["target", "donor"]])
    target, donor = (np.searchsorted(names, rows[role]) for role in ("target", "donor"))
    has_donor = (rows["donor"] != "").to_numpy()
    common = rng.normal(size=names.size)
    of_real, of_target, of_donor = (
        np.sqrt(effects.alike) * common + np.sqrt(1 - effects.alike) * rng.normal(size=names.size)
        for _ in range(3)
    )
    shown = np.where(has_donor, of_target[target], of_real[target])
    return (
        GAIN * (fake - 0.5)
        + effects.target * shown
        + effects.donor * np.where(has_donor, of_donor[donor], 0)
        + effects.noise * rng.normal(size=fake.size)
    )


def coverage(
    shape: Callable[[np.random.Generator], pd.DataFrame], effects: Effects, trials: int
) -> dict[str, float]:
    """Share of intervals that hold the truth, by metric.

    Beside them stand intervals of the AUC made in two other ways: by the products of two draws
    without the correction for pairs, and with a draw of its own for each role of a person.
    """
    rng = np.random.default_rng(0)
    truth = _truth(shape(rng), effects)
    held: dict[str, int] = {}
    for _ in range(trials):
        rows = shape(rng)
        of_rows = logits(rows, effects, rng)
        clusters = Clusters.of(rows)
        values, replicates = _measured(rows, of_rows, clusters, MEASURED, INTERVALS)
        found = {
            name: interval(values[name], replicates[name], clusters, INTERVALS) for name in MEASURED
        }
        auc = values["auc"]
        found["auc, products alone"] = interval(auc, replicates["auc"][:1], clusters, INTERVALS)
        donors = rows["donor"].where(rows["donor"] == "", "donor " + rows["donor"])
        roles = Clusters.of(rows.assign(donor=donors))
        _, of_roles = _measured(rows, of_rows, roles, ("auc",), INTERVALS)
        found["auc, a draw a role"] = interval(auc, of_roles["auc"], roles, INTERVALS)
        for name, bounds in found.items():
            low, high = (np.nan, np.nan) if isinstance(bounds, str) else bounds
            held[name] = held.get(name, 0) + int(low <= truth[name.partition(",")[0]] <= high)
    return {name: count / trials for name, count in held.items()}


def _truth(rows: pd.DataFrame, effects: Effects) -> dict[str, float]:
    """Metrics of 200,000 items of persons of their own."""
    many = rows.sample(200_000, replace=True, random_state=0, ignore_index=True)
    number = many.index.astype(str)
    donor = np.where(many["donor"] != "", "d" + number, "")
    many = many.assign(target="t" + number, donor=donor)
    scores = _scores(many, logits(many, effects, np.random.default_rng(1)))
    return {name: float(DEFINITIONS[name].of(scores)) for name in MEASURED}


def _scores(rows: pd.DataFrame, of_rows: np.ndarray) -> Scores:
    return Scores((rows["label"] == "fake").to_numpy(), expit(of_rows), threshold=0.5)


def _measured(
    rows: pd.DataFrame,
    of_rows: np.ndarray,
    clusters: Clusters,
    names: tuple[str, ...],
    intervals: Intervals,
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Values and replicates of some metrics."""
    scores = _scores(rows, of_rows)
    counts = UnitCounts(scores, clusters.unit)

    def compute(weights: np.ndarray) -> dict[str, np.ndarray]:
        drawn = Replicates(counts, weights)
        return {name: DEFINITIONS[name].of_replicates(drawn) for name in names}

    values = {name: float(DEFINITIONS[name].of(scores)) for name in names}
    return values, resample(clusters, intervals, compute)


def rejections(
    shape: Callable[[np.random.Generator], pd.DataFrame],
    effects: Effects,
    trials: int,
    advantage: float = 1.0,
) -> dict[str, float]:
    """Share of tables on which two models differ at 5 %, by test.

    Parameters
    ----------
    shape, effects, trials
        As of `coverage`. Half of the variance of each model's persons is common to both models.
    advantage : float
        By which the first model's logits of the label are larger; 1 if both are equal.
    """
    rng = np.random.default_rng(0)
    found = []
    for _ in range(trials):
        rows = shape(rng)
        shared = logits(rows, effects, rng)
        first, second = ((shared + logits(rows, effects, rng)) / np.sqrt(2) for _ in range(2))
        fake = (rows["label"] == "fake").to_numpy()
        first = first + (advantage - 1) * GAIN * (fake - 0.5)
        found.append(p_values(rows, first, second))
    return (pd.DataFrame(found) < LEVEL).mean().to_dict()


def p_values(rows: pd.DataFrame, first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Every test of `stages.compare`, and beside them those that take items as independent."""
    clusters = Clusters.of(rows)
    names = ("auc", "accuracy")
    (values, replicates), (others, of_others) = (
        _measured(rows, one, clusters, names, TESTS) for one in (first, second)
    )
    auc, accuracy = (
        p_value(values[name] - others[name], replicates[name] - of_others[name], clusters, TESTS)
        for name in names
    )
    fake = (rows["label"] == "fake").to_numpy()
    alone = Clusters.of(rows.assign(target=rows.index.astype(str), donor=""))
    right, also = ((one >= 0) == fake for one in (first, second))
    only_one = int((right != also).sum())
    mcnemar = binomtest(int((right & ~also).sum()), only_one).pvalue if only_one else 1.0
    components = [auc_components(fake, scores) for scores in (first, second)]
    return {
        "DeLong": obuchowski_test(fake, *components, alone),
        "Obuchowski": obuchowski_test(fake, *components, clusters),
        "bootstrap": auc,
        "McNemar": mcnemar,
        "decisions": accuracy,
    }


def unequal(
    shape: Callable[[np.random.Generator], pd.DataFrame],
    effects: Effects,
    trials: int,
    values: int,
) -> dict[str, float]:
    """Share of tables on which there is a gap between values that persons have by chance.

    Beside each stands the share if the best and the worst value were compared as if nobody had
    chosen them among all.

    Parameters
    ----------
    shape, effects, trials
        As of `coverage`.
    values : int
        Number of values of the attribute.
    """
    rng = np.random.default_rng(0)
    found = []
    for _ in range(trials):
        rows = shape(rng).assign(split="test", dataset="simulated")
        rows["p_fake"] = expit(logits(rows, effects, rng))
        names = rows["target"].unique()
        value_of = dict(zip(names, rng.permutation(names.size) % values, strict=True))
        attribute = Attribute("chance", rows["target"].map(value_of).astype(str))
        estimates = list(estimate_errors(rows, [attribute], 0.5, TESTS))
        told_apart = {}
        for gap in gap_rows(estimates, 1 - LEVEL).itertuples():
            pair = [
                one
                for one in estimates
                if one.metric == gap.metric and one.part in (gap.worst, gap.best)
            ]
            told_apart[gap.metric] = gap.gap_low > 0
            alone = gap_rows(pair, 1 - LEVEL)["gap_low"]
            told_apart[f"{gap.metric}, the two alone"] = bool((alone > 0).any())
        found.append(told_apart)
    return pd.DataFrame(found).mean().to_dict()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    trials = parser.parse_args().trials
    groups, list_of_celeb_df = "60 groups of a real and a fake", "Celeb-DF's test list"
    many = "300 groups of a real and a fake"
    effects = {"none": NONE, "moderate": MODERATE, "strong": STRONG, "extreme": EXTREME}
    cases = [(list_of_celeb_df, celeb_df, name) for name in effects] + [(groups, plain, "strong")]
    print_table(
        [
            {"shape": shape, "effects of persons": name} | coverage(draw, effects[name], trials)
            for shape, draw, name in cases
        ]
    )
    tested = [
        ("140 groups of 1 and 5", ones_and_fives, "equal", 1.0),
        (groups, plain, "equal", 1.0),
        (list_of_celeb_df, celeb_df, "equal", 1.0),
        (list_of_celeb_df, celeb_df, "one 1.5 times better", 1.5),
    ]
    print_table(
        [
            {"shape": shape, "models": models} | rejections(draw, STRONG, trials, advantage)
            for shape, draw, models, advantage in tested
        ]
    )
    attributes = [
        (groups, plain, 2),
        (groups, plain, 5),
        (many, partial(plain, groups=300), 5),
        (many, partial(plain, groups=300), 20),
        (list_of_celeb_df, celeb_df, 4),
    ]
    print_table(
        [
            {"shape": shape, "values": str(values)} | unequal(draw, STRONG, trials, values)
            for shape, draw, values in attributes
        ]
    )


def print_table(rows: list[dict[str, str | float]]) -> None:
    """Print Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [
        [cell if isinstance(cell, str) else f"{cell:.3f}" for cell in row.values()] for row in rows
    ]
    print(*(f"| {' | '.join(line)} |" for line in lines), sep="\n", end="\n\n", flush=True)


if __name__ == "__main__":
    main()
