from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set
from benchmark.metrics.feature_sets import FeatureSets
from benchmark.metrics.frechet import frechet_distance
from benchmark.metrics.jackknife import MAX_GROUPS, group_clusters, interval_of, jackknife
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
    return FeatureSets(generated, real, clusters, clusters, n_clusters)


def distance(sets: FeatureSets) -> float:
    return frechet_distance(sets.generated, sets.real)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_reads_its_own_features(mode: str) -> None:
    random = np.random.default_rng(0)
    outputs, drivers = [list(random.normal(size=(4, 25, 16))) for _ in range(2)]
    score = score_set(f"fid[{mode}]", cases_of(outputs, drivers, f"inception[{mode}]"))
    expected = frechet_distance(np.concatenate(outputs).astype("f4"), np.concatenate(drivers).astype("f4"))
    assert score.value == pytest.approx(expected)
    assert (score.n, score.extra["n_clusters"], score.extra["rank_deficient"]) == (100, 4, 0)
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
        assert spread.n_groups == 20
        errors.append(spread.standard_error)
    assert 0.6 < np.mean(errors) / np.std(values) < 1.6


def test_an_interval_over_frames_would_be_too_narrow() -> None:
    """A negative control: frames taken as independent say much less than the truth."""
    sets = clustered(20, 10, 40, 0)
    every = np.arange(len(sets.real))
    frames = FeatureSets(sets.generated, sets.real, every, every, len(every))
    honest, naive = (jackknife(one, distance, distance(one)) for one in (sets, frames))
    assert naive.standard_error < 0.8 * honest.standard_error


def test_clusters_are_put_into_groups_of_about_equal_size() -> None:
    sizes = np.random.default_rng(0).integers(1, 30, 70)
    clusters = np.repeat(np.arange(70), sizes)
    rows = np.random.default_rng(1).normal(size=(len(clusters), 3))
    sets = FeatureSets(rows, rows, clusters, clusters, 70)
    groups = group_clusters(sets)
    totals = np.bincount(groups[clusters])
    assert len(totals) == 20
    assert totals.max() - totals.min() <= sizes.max()
    np.testing.assert_array_equal(groups, group_clusters(sets))


def test_what_cannot_be_left_out_gives_no_interval() -> None:
    rows = np.random.default_rng(0).normal(size=(3, 4))
    lone = FeatureSets(rows, rows, np.array([0, 0, 1]), np.array([0, 0, 1]), 2)
    assert jackknife(lone, distance, 0.0) is None


def test_cards_say_how_frames_are_prepared() -> None:
    words = {"pytorch-fid": "half-pixel centres", "clean-fid": "bicubic", "torch-fidelity": "TensorFlow 1"}
    for mode, word in words.items():
        card = CARDS[f"fid[{mode}]"]
        assert word in card.preprocessing
        assert "not rounded back to uint8" in card.preprocessing
        assert card.networks == ("fid-inception",)
        assert card.higher_is_better is False


@pytest.mark.parametrize("degrees_of_freedom", range(1, MAX_GROUPS))
def test_the_quantile_is_that_of_scipy_stats(degrees_of_freedom: int) -> None:
    from scipy.stats import t

    values = np.array([0.0, 1.0] * degrees_of_freedom)[: degrees_of_freedom + 1]
    spread = interval_of(values, 0.0)
    assert spread.high == float(t.ppf(0.975, degrees_of_freedom)) * spread.standard_error
