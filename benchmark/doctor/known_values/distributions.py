"""Known values of distances of feature sets: plain double loops, eigenvalues of products, and scaled copies."""

from __future__ import annotations

import math

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_function, of_set
from benchmark.features.types.case import CaseFeatures

_FRECHET = {
    "fid[pytorch-fid]": "inception[pytorch-fid]",
    "fid[clean-fid]": "inception[clean-fid]",
    "fid[torch-fidelity]": "inception[torch-fidelity]",
    "fd[dlib]": "dlib",
    "fvd[i3d-16]": "i3d",
}


def known_values() -> tuple[KnownValue, ...]:
    """Frechet distances, kernel distances, and shares inside each other's neighbourhoods."""
    found = [one for metric, feature in _FRECHET.items() for one in _frechet(metric, feature)]
    return (*found, *_infinity(), *_kernels(), *_neighbours())


def _samples(seed: int, n: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Two clouds of unlike spread around unlike means, float32."""
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(2, d, d)) / np.sqrt(d)
    one = random.normal(size=(n, d)) @ mixing[0] + 0.5
    other = random.normal(size=(m, d)) @ mixing[1] + random.normal(0, 0.5, d)
    return one.astype(np.float32), other.astype(np.float32)


def _split(feature: str, generated: np.ndarray, real: np.ndarray, *, as_reference: bool = True) -> list[CaseFeatures]:
    """Three cases of two drivers; a row of the generated ones cannot be read."""
    thirds = [np.array_split(rows, 3) for rows in (generated, real)]
    thirds[0][0] = np.concatenate([np.full((1, generated.shape[1]), np.nan), thirds[0][0]])
    unlike = np.random.default_rng(9).normal(3, 1, real.shape)
    cases = []
    for number, (made, truth) in enumerate(zip(*thirds, strict=True)):
        output = video(None, arrays={feature: made}, frames=len(made))
        other = video(None, arrays={feature: truth}, frames=len(truth))
        driver = video(None, arrays={feature: unlike[: len(truth)]}, frames=len(truth)) if as_reference else other
        reference = other if as_reference else None
        cases.append(case(output, driver, reference=reference, cluster="AAB"[number], case_id=str(number)))
    return cases


def _frechet(metric: str, feature: str) -> list[KnownValue]:
    """More samples than dimensions, fewer, and a cloud against its double, whose distance is |m|^2 + tr S."""
    found = []
    for name, (generated, real), is_deficient in (
        ("more samples than dimensions", _samples(1, 40, 33, 6), 0.0),
        ("fewer samples than dimensions", _samples(2, 9, 11, 14), 1.0),
        ("fewer samples on one side", _samples(8, 7, 30, 9), 1.0),
    ):
        expected, n = frechet(generated, real), len(generated)
        extra = {"n_real": float(len(real)), "n_failed": 1.0, "n_real_failed": 0.0}
        extra |= {"dimensions": float(real.shape[1]), "against_reference": 1.0, "rank_deficient": is_deficient}
        cases = _split(feature, generated, real)
        found.append(of_set(metric, name, INDEPENDENT, cases, expected, scored=n, extra=extra, tolerance=2e-5))
    alone = _split(feature, *_samples(9, 1, 9, 4))
    found.append(of_set(metric, "one sample", EXACTLY, alone, None))
    cloud = _samples(3, 30, 2, 5)[0].astype(np.float64)
    cloud -= cloud.mean(axis=0)
    moved = np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    expected = float(moved @ moved + (cloud**2).sum() / 29)
    cases = _split(feature, 2 * cloud + moved, cloud, as_reference=False)
    name = "a cloud against its double"
    return [*found, of_set(metric, name, CLOSED_FORM, cases, expected, scored=30, tolerance=2e-5)]


def frechet(generated: np.ndarray, real: np.ndarray) -> float:
    """|m1 - m2|^2 + tr S1 + tr S2 - 2 sum of the roots of the eigenvalues of S1 S2."""
    a, b = generated.astype(np.float64), real.astype(np.float64)
    s1, s2 = np.cov(a.T), np.cov(b.T)
    roots = np.linalg.eigvals(s1 @ s2).real
    roots = np.sqrt(roots[roots > 1e-12 * roots.max()])  # others are zeros of the lower rank
    apart = a.mean(axis=0) - b.mean(axis=0)
    return float(apart @ apart + np.trace(s1) + np.trace(s2) - 2 * roots.sum())


def _infinity() -> list[KnownValue]:
    """The intercept of a straight line (polyfit) through distances of the card's draws, found again."""
    metric, feature = "fid_infinity[pytorch-fid]", "inception[pytorch-fid]"
    generated, real = _samples(4, 64, 70, 4)
    # Frame i with frame i of each case, as `_split` puts them: a row that cannot be read comes before the first 22.
    beside = np.concatenate([real[1:23], real[24:45], real[47:68]])
    pairs = np.array(sorted(np.hstack([generated, beside]).astype(float).tolist(), key=lambda row: row[::-1]))
    sizes = [int(32 + 32 * step / 14) for step in range(15)]
    random, distances = np.random.default_rng(0), []
    for n in sizes:
        drawn = pairs[random.choice(64, n, replace=False)]
        distances.append(frechet(drawn[:, :4], drawn[:, 4:]))
    per_size = 1 / np.array(sizes)
    slope, expected = (float(one) for one in np.polyfit(per_size, distances, 1))
    design = np.stack([np.ones(15), per_size], axis=1)
    rest = np.array(distances) - expected - slope * per_size
    error = np.sqrt(rest @ rest / 13 * np.linalg.inv(design.T @ design)[0, 0])
    extra = {"standard_error_of_fit": float(error), "smallest_size": 32.0, "largest_size": 64.0, "sizes": 15.0}
    extra |= {"fid": frechet(generated, beside)}
    cases = _split(feature, generated, real)
    name = "a line through 15 sizes"
    constant = _split(feature, np.tile([1.0, 2.0, 2.0], (60, 1)), np.zeros((61, 3)))
    few = _split(feature, *_samples(4, 59, 60, 4))
    slopes = of_set(metric, "slope of the line", INDEPENDENT, cases, expected, extra={"slope": slope}, tolerance=2e-5)
    return [
        slopes,
        of_set(metric, "59 frames", EXACTLY, few, None),
        of_set(metric, name, INDEPENDENT, cases, expected, scored=64, extra=extra, tolerance=2e-5),
        of_set(metric, "two points", CLOSED_FORM, constant, 9.0, scored=60, tolerance=2e-5),
        of_function(metric, "two points, one of them less often", CLOSED_FORM, _of_two_points, 9.0, tolerance=2e-5),
    ]


def _of_two_points() -> float:
    """No more samples can be drawn than the smaller side has."""
    from benchmark.metrics.fid_infinity import extrapolate

    return extrapolate(np.tile([1.0, 2.0, 2.0], (60, 1)), np.zeros((61, 3))).value


def _kernels() -> list[KnownValue]:
    """Sums over all pairs; and over torch-fidelity's subsets, drawn again in its order."""
    generated, real = _samples(5, 9, 8, 5)
    few = _split("inception[pytorch-fid]", generated, real)
    many = _samples(6, 1004, 1003, 3)
    random, values = np.random.RandomState(2020), []
    kernels = [_kernel(a, b) for a, b in ((many[0], many[0]), (many[1], many[1]), (many[0], many[1]))]
    for kernel in kernels[:2]:
        np.fill_diagonal(kernel, 0.0)
    for _ in range(100):
        chosen = [np.bincount(random.choice(n, 1000, replace=False), minlength=n) for n in (1004, 1003)]
        xx, yy = (one @ kernel @ one for one, kernel in zip(chosen, kernels[:2], strict=True))
        values.append((xx + yy) / (1000 * 999) - 2 * (chosen[0] @ kernels[2] @ chosen[1]) / 1000**2)
    cases = _split("inception[torch-fidelity]", *many)
    mean, beside = float(np.mean(values)), {"std_over_subsets": float(np.std(values))}
    beside |= {"subsets": 100.0, "subset_size": 1000.0}
    return [
        of_set("kid[pytorch-fid]", "all pairs of 9 and 8", INDEPENDENT, few, _mmd(generated, real), scored=9),
        of_set(
            "kid[torch-fidelity]",
            "100 subsets",
            INDEPENDENT,
            cases,
            mean,
            scored=1004,
            extra=beside,
            tolerance=1e-9,
        ),
    ]


def _mmd(generated: np.ndarray, real: np.ndarray) -> float:
    def mean(a: np.ndarray, b: np.ndarray, *, others: bool) -> float:
        d = a.shape[1]
        pairs = [(x, y) for i, x in enumerate(a) for j, y in enumerate(b) if not (others and i == j)]
        return float(np.mean([(float(x.astype(float) @ y.astype(float)) / d + 1) ** 3 for x, y in pairs]))

    within = mean(generated, generated, others=True) + mean(real, real, others=True)
    return within - 2 * mean(generated, real, others=False)


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray((a.astype(float) @ b.astype(float).T / a.shape[1] + 1) ** 3)


def _neighbours() -> list[KnownValue]:
    """Distances one by one, sorted; the third nearest other one is the radius."""
    generated, real = _samples(7, 31, 27, 3)
    found = []
    for side, asked, samples in (("precision", generated, real), ("recall", real, generated)):
        radii = [sorted(_apart(y, other) for other in samples)[3] for y in samples]  # 0 is itself
        inside = [any(_apart(x, y) <= r for y, r in zip(samples, radii, strict=True)) for x in asked]
        for mode in ("pytorch-fid", "torch-fidelity"):
            cases = _split(f"inception[{mode}]", generated, real)
            name = "two clouds that overlap in part"
            found.append(of_set(f"{side}[{mode}]", name, INDEPENDENT, cases, float(np.mean(inside)), scored=31))
            found += _at_the_rim(side, mode)
    return found


def _at_the_rim(side: str, mode: str) -> list[KnownValue]:
    """On a line at 0, 1, 2 and 3 the balls reach from -3 to 6; three samples have no third neighbour."""
    line, asked = (np.array([[x, 0.0] for x in xs]) for xs in ((0, 1, 2, 3), (-3.01, -2.99, 5.99, 6.01, 20)))
    sides = (asked, line) if side == "precision" else (line, asked)
    metric, feature = f"{side}[{mode}]", f"inception[{mode}]"
    few = _split(feature, sides[0][:3], sides[1][:3])
    return [
        of_set(metric, "at the rim of balls on a line", EXACTLY, _split(feature, *sides), 2 / 5, scored=len(sides[0])),
        of_set(metric, "the same in ten-millionths", EXACTLY, _split(feature, *(1e-7 * one for one in sides)), 2 / 5),
        of_set(metric, "three samples", EXACTLY, few, None),
    ]


def _apart(x: np.ndarray, y: np.ndarray) -> float:
    return math.dist(x.tolist(), y.tolist())
