from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set
from benchmark.metrics.feature_sets import FeatureSets
from benchmark.metrics.frechet import frechet_distance
from benchmark.metrics.jackknife import Grouping, groups_of, interval_of, jackknife, share_interval
from benchmark.results.crossed import Crossing, Replicates
from tests.benchmark.metrics.faces import person, shoot, video

MODES = ("pytorch-fid", "clean-fid", "torch-fidelity")


def clip(rows: np.ndarray, extractor_id: str) -> FaceFeatures:
    return video([shoot(person())] * max(1, len(rows)), arrays={extractor_id: rows.astype(np.float32)})


def cases_of(outputs: list[np.ndarray], drivers: list[np.ndarray], extractor_id: str) -> list[CaseFeatures]:
    """One subject per case."""
    source = video([shoot(person())])
    return [
        CaseFeatures(f"case{i}", f"S{i:02d}", clip(output, extractor_id), clip(driver, extractor_id), source)
        for i, (output, driver) in enumerate(zip(outputs, drivers, strict=True))
    ]


def clustered(n_clusters: int, per: int, d: int, seed: int) -> FeatureSets:
    """Frames around their subject's mean; outputs and drivers of a subject are alike."""
    random = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(n_clusters), per)
    subject = random.normal(size=(n_clusters, d)) * random.gamma(2, 0.5, size=(n_clusters, 1))
    scale = np.exp(-np.arange(d) * 6 / d)
    real = (subject[clusters] + random.normal(size=(len(clusters), d))) * scale
    generated = (0.8 * subject[clusters] + 0.5 * random.normal(size=(len(clusters), d))) * scale + 0.1
    return FeatureSets(generated, real, clusters, clusters, Crossing.of(range(n_clusters), [None] * n_clusters))


def distance(sets: FeatureSets) -> float:
    return frechet_distance(sets.generated, sets.real)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_reads_its_own_features(mode: str) -> None:
    random = np.random.default_rng(0)
    outputs, drivers = [list(random.normal(size=(4, 25, 16))) for _ in range(2)]
    score = score_set(f"fid[{mode}]", cases_of(outputs, drivers, f"inception[{mode}]"))
    expected = frechet_distance(np.concatenate(outputs).astype("f4"), np.concatenate(drivers).astype("f4"))
    assert score.value == pytest.approx(expected)
    assert (score.n, score.extra["n_drivers"], score.extra["n_sources"]) == (100, 4, 4)
    assert score.extra["rank_deficient"] == 0
    assert score.ci_low < score.value < score.ci_high
    other = MODES[MODES.index(mode) - 1]
    missing = score_set(f"fid[{mode}]", cases_of(outputs, drivers, f"inception[{other}]"))
    assert missing.value is None
    assert "not computed" in missing.reason


def test_few_frames_are_called_rank_deficient_and_one_subject_has_no_interval() -> None:
    random = np.random.default_rng(1)
    cases = cases_of([random.normal(size=(10, 64))], [random.normal(size=(10, 64))], "inception[pytorch-fid]")
    score = score_set("fid[pytorch-fid]", cases)
    assert score.value is not None
    assert score.extra["rank_deficient"] == 1
    assert (score.ci_low, score.ci_high) == (None, None)


@pytest.mark.parametrize("d", [120, 20])
def test_the_interval_is_as_wide_as_the_statistic_scatters(d: int) -> None:
    """Both with fewer samples than dimensions (100 < 120) and with more."""
    values = [distance(clustered(20, 5, d, seed)) for seed in range(80)]
    errors = []
    for seed in range(80, 92):
        sets = clustered(20, 5, d, seed)
        spread = jackknife(sets, distance, distance(sets), lowest=0.0)
        assert spread is not None
        assert len(spread.extra["without_drivers"]) == 20
        errors.append(spread.standard_error)
    assert 0.6 < np.mean(errors) / np.std(values) < 1.6


def test_an_interval_over_frames_would_be_too_narrow() -> None:
    """A negative control: frames taken as independent say much less than the truth."""
    sets = clustered(20, 10, 40, 0)
    every = np.arange(len(sets.real))
    frames = replace(sets, generated_cases=every, real_cases=every, crossing=Crossing.of(every, [None] * len(every)))
    honest, naive = (jackknife(one, distance, distance(one)) for one in (sets, frames))
    assert naive.standard_error < 0.8 * honest.standard_error


def test_clusters_are_put_into_groups_of_about_equal_size() -> None:
    sizes = np.random.default_rng(0).integers(1, 30, 70)
    clusters = np.repeat(np.arange(70), sizes)
    groups = groups_of(clusters)
    totals = np.bincount(groups)
    assert len(totals) == 20
    assert totals.max() - totals.min() <= sizes.max()
    assert all(len(set(groups[clusters == cluster])) == 1 for cluster in range(70))
    np.testing.assert_array_equal(groups, groups_of(clusters))


def test_whole_drivers_sources_and_pairs_of_them_are_left_out() -> None:
    crossing = Crossing.of(list("aabb"), list("xyxy"))
    grouping = Grouping.of(crossing)
    assert grouping is not None
    expected = ["1100", "0011", "1010", "0101", "1000", "0100", "0010", "0001"]
    assert ["".join(map(str, row.astype(int))) for row in grouping.left_out] == expected
    own = Grouping.of(Crossing.of(list("aabb"), list("aabb")))
    assert own is not None
    assert len(own.left_out) == 2  # everybody drives himself: one partition says everything
    assert Grouping.of(Crossing.of(list("aabb"), list("xxxx"))) is None


def test_what_cannot_be_left_out_gives_no_interval() -> None:
    rows, cases = np.random.default_rng(0).normal(size=(3, 4)), np.array([0, 0, 1])
    lone = FeatureSets(rows, rows, cases, cases, Crossing.of("ab", "ab"))
    assert jackknife(lone, distance, 0.0) is None


def test_the_interval_stays_within_what_is_possible() -> None:
    one = interval_of(Replicates(*[np.array([0.2, 0.9, 0.5])] * 3), 0.5, lowest=0.0, highest=1.0)
    assert (one.low, one.high) == (0.0, 1.0)


def test_a_share_at_the_end_of_its_range_is_not_certain() -> None:
    nothing = share_interval(Replicates(*[np.zeros(6)] * 3), 0.0, people=6)
    assert nothing.low == 0.0
    assert 0.1 < nothing.high < 0.5  # none of six: up to .46 by the binomial distribution
    spread = Replicates(*[np.array([0.2, 0.9, 0.1, 0.8])] * 3)
    assert share_interval(spread, 0.5, people=4).standard_error >= interval_of(spread, 0.5).standard_error


def test_cards_say_how_frames_are_prepared() -> None:
    words = {"pytorch-fid": "half-pixel centres", "clean-fid": "bicubic", "torch-fidelity": "TensorFlow 1"}
    for mode, word in words.items():
        card = CARDS[f"fid[{mode}]"]
        assert word in card.preprocessing
        assert "not rounded back to uint8" in card.preprocessing
        assert card.networks == ("fid-inception",)
        assert card.higher_is_better is False
