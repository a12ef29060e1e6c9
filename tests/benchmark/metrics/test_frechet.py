from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.linalg import sqrtm

from benchmark.metrics import CaseFeatures, score_set
from benchmark.metrics.frechet import frechet_distance, frechet_from_moments, nuclear_norm_fast
from benchmark.metrics.moments import merge, moments_of
from tests.benchmark.metrics.faces import case, person, shoot, video


def by_sqrtm(a: np.ndarray, b: np.ndarray) -> float:
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(ca @ cb).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * root))


def sample(n: int, d: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + shift


@pytest.mark.parametrize(("n", "m", "d"), [(300, 250, 16), (65, 65, 64), (400, 40, 64), (20, 30, 64), (64, 64, 64)])
def test_equals_scipy_sqrtm(n: int, m: int, d: int) -> None:
    a, b = sample(n, d, 0), sample(m, d, 1, 0.3)
    assert frechet_distance(a, b) == pytest.approx(by_sqrtm(a, b), rel=1e-5)


@pytest.mark.parametrize("n", [10, 32, 200])
def test_both_forms_agree(n: int) -> None:
    a, b = sample(n, 32, 2), sample(n, 32, 3)
    assert frechet_distance(a, b) == pytest.approx(frechet_from_moments(moments_of(a), moments_of(b)), rel=1e-6)


def by_mpmath(a: np.ndarray, b: np.ndarray) -> float:
    """60 digits: the roots of the eigenvalues of S1 S2, which are those of R S2 R for the root R of S1."""
    with mpmath.workdps(60):
        means, covariances = [], []
        for samples in (a, b):
            x = mpmath.matrix(samples.tolist())
            mean = mpmath.matrix([[mpmath.fsum(x[:, j]) / x.rows for j in range(x.cols)]])
            centred = mpmath.matrix(x.rows, x.cols)
            for i in range(x.rows):
                for j in range(x.cols):
                    centred[i, j] = x[i, j] - mean[j]
            means.append(mean)
            covariances.append(centred.T * centred / (x.rows - 1))
        values, vectors = mpmath.eigsy(covariances[0])
        root = vectors * mpmath.diag([mpmath.sqrt(max(v, 0)) for v in values]) * vectors.T
        product = mpmath.eigsy(root * covariances[1] * root, eigvals_only=True)
        shift = mpmath.fsum((p - q) ** 2 for p, q in zip(means[0], means[1], strict=True))
        traces = sum(covariances[0][i, i] + covariances[1][i, i] for i in range(len(values)))
        return float(shift + traces - 2 * mpmath.fsum(mpmath.sqrt(max(v, 0)) for v in product))


@pytest.mark.parametrize(("n", "d"), [(6, 8), (8, 8), (30, 8), (5, 12)])
@pytest.mark.parametrize("apart", [1.0, 1e-3])
def test_equals_sixty_digits(n: int, d: int, apart: float) -> None:
    """Also where the distance is what is left of traces a million times larger, and of a deficient rank."""
    a = sample(n, d, 0)
    b = a + apart * sample(n, d, 1)
    assert frechet_distance(a, b) == pytest.approx(by_mpmath(a, b), rel=1e-6)


@pytest.mark.parametrize("n", [40, 130])
def test_constant_and_repeated_features(n: int) -> None:
    """Channels that never fire, and frames that are the same: neither is an error."""
    a, b = sample(n, 64, 0), sample(n, 64, 1)
    a[:, :20] = b[:, :20] = 0.0
    b[:, 20:30] = 3.0
    a[: n // 2] = a[0]
    assert frechet_distance(a, b) == pytest.approx(by_sqrtm(a, b), rel=1e-4)
    still = np.full((n, 64), 2.5)
    assert frechet_distance(still, still) == 0.0
    assert frechet_distance(still, a) == pytest.approx(((a.mean(0) - 2.5) ** 2).sum() + np.trace(np.cov(a.T)))


def test_the_bound_of_the_fast_sum_holds() -> None:
    """Singular values over twelve decades, where squaring them loses the small ones."""
    random = np.random.default_rng(0)
    axes = [np.linalg.qr(random.normal(size=(60, 60)))[0] for _ in range(2)]
    for decades in (1, 4, 8, 12):
        values = np.logspace(0, -decades, 60)
        norm, bound = nuclear_norm_fast(axes[0] * values @ axes[1], 60)
        assert abs(norm - values.sum()) <= bound
    assert bound > 1e-9 * norm


def test_known_answers() -> None:
    a = sample(500, 8, 0)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a + 2.0) == pytest.approx(8 * 4.0)
    centred = a - a.mean(0)
    # N(0, S) against N(0, 4 S): tr(S + 4 S - 2 * 2 S) = tr S
    assert frechet_distance(centred, 2 * centred) == pytest.approx(np.trace(np.cov(a, rowvar=False)))
    assert frechet_distance(a, a[::-1]) == pytest.approx(0, abs=1e-9)


def test_offset_features_do_not_cancel() -> None:
    a, b = sample(200, 8, 4), sample(200, 8, 5)
    far = frechet_distance(a + 1e6, b + 1e6)
    assert far == pytest.approx(frechet_distance(a, b), rel=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
def test_streaming_moments_equal_a_two_pass_in_extended_precision(offset: float) -> None:
    x = sample(300, 6, 7) + offset
    total = moments_of(x[:7])
    for start in range(7, len(x), 11):
        total = merge(total, moments_of(x[start : start + 11]))
    long = x.astype(np.longdouble)
    centred = long - long.mean(axis=0)
    covariance = np.asarray(centred.T @ centred / (len(x) - 1), dtype=np.float64)
    # The stored samples themselves are only known to offset * 2^-53 of their spread.
    tolerance = 1e-13 + 1e-15 * offset
    np.testing.assert_allclose(total.covariance, covariance, rtol=0, atol=tolerance * np.abs(covariance).max())
    naive = (x.T @ x - len(x) * np.outer(x.mean(0), x.mean(0))) / (len(x) - 1)
    if offset == 1e8:  # what E[x x^T] - m m^T would have done
        assert np.abs(naive - covariance).max() > 100 * np.abs(total.covariance - covariance).max()


def test_moments_merge_like_one_pass() -> None:
    x = sample(101, 12, 6, 1e4)
    parts = [moments_of(x[:1]), moments_of(x[1:40]), moments_of(x[40:40]), moments_of(x[40:])]
    total = parts[0]
    for part in parts[1:]:
        total = merge(total, part)
    np.testing.assert_allclose(total.mean, x.mean(0), rtol=1e-13)
    np.testing.assert_allclose(total.covariance, np.cov(x, rowvar=False), rtol=1e-8, atol=1e-8)
    assert total.n == 101


def test_refuses_what_it_cannot_measure() -> None:
    with pytest.raises(ValueError, match="at least 2 samples"):
        frechet_distance(np.zeros((1, 4)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="finite"):
        frechet_distance(np.full((3, 4), np.nan), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="equal d"):
        frechet_distance(np.zeros((3, 4)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match="at least 2 samples for a covariance"):
        _ = moments_of(np.zeros((1, 2))).covariance


def embedded(output: np.ndarray, driver: np.ndarray, reference: np.ndarray | None = None) -> CaseFeatures:
    def features(e: np.ndarray):
        rows = e.astype(np.float32)
        return video([shoot(person())] * len(e), arrays={"dlib": rows, "inception[pytorch-fid]": rows})

    return case(
        features(output), features(driver), video([shoot(person())]),
        reference=None if reference is None else features(reference),
    )  # fmt: skip


@pytest.mark.parametrize("metric", ["fd[dlib]", "fid[pytorch-fid]"])
def test_set_scores(metric: str) -> None:
    rng = np.random.default_rng(0)
    driver, output = rng.normal(size=(2, 30, 128)), rng.normal(size=(2, 30, 128)) + 0.5
    output[0, 3] = np.nan
    cases = [embedded(o, d) for o, d in zip(output, driver, strict=True)]
    score = score_set(metric, cases)
    expected = np.delete(output.reshape(-1, 128), 3, axis=0)
    assert score.value == pytest.approx(by_sqrtm(expected, driver.reshape(-1, 128)), rel=1e-4)
    assert (score.n, score.extra["n_real"], score.extra["n_failed"]) == (59, 60, 1)
    assert score.extra["against_reference"] == 0
    self_score = score_set(metric, [embedded(o, d, o) for o, d in zip(output, driver, strict=True)])
    assert self_score.value == pytest.approx(0, abs=1e-6)
    assert self_score.extra["against_reference"] == 1


@pytest.mark.parametrize("metric", ["fd[dlib]", "fid[pytorch-fid]"])
def test_set_scores_of_nothing(metric: str) -> None:
    plain = case(*(video([shoot(person())]) for _ in range(3)))
    nan = np.full((3, 128), np.nan)
    for cases in ([], [plain], [embedded(nan, nan)], [embedded(np.zeros((1, 128)), np.zeros((9, 128)))]):
        score = score_set(metric, cases)
        assert score.value is None
        assert score.reason
