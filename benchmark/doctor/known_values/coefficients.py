"""Known values of single coefficients, and of their distribution: chosen errors, and eigenvalues of a product."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.distributions import frechet
from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import EXACTLY, INDEPENDENT, KnownValue, of_function, of_set
from benchmark.features.types.case import CaseFeatures

_ERROR, _E_FID = "blendshape_error[blendshapes52]", "e_fid[blendshapes52]"


def known_values() -> tuple[KnownValue, ...]:
    """Coefficient 0, "neutral", is off most and does not count."""
    return (*_errors(), *_distances())


def _rows(seed: int, n: int, high: float = 0.4) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, high, (n, 52)).astype(np.float32)


def _case(output: np.ndarray, driver: np.ndarray, gone: tuple[int, ...] = (), **more: object) -> CaseFeatures:
    made = video(None, gone, {"blendshapes": output}, frames=len(output))
    return case(made, video(None, arrays={"blendshapes": driver}, frames=len(driver)), **more)


def _errors() -> list[KnownValue]:
    """Two cases of unlike length, each of which counts once; jawOpen (25) is worst, then eyeBlinkLeft (9)."""
    drivers, outputs = [_rows(91, 5), _rows(92, 9)], [_rows(93, 5), _rows(94, 9)]
    for output, driver in zip(outputs, drivers, strict=True):
        output[:, 0], driver[:, 0] = 1.0, 0.0
        output[:, 25], output[:, 9] = driver[:, 25] + 0.5, driver[:, 9] + 0.45
    by_case = []
    for output, driver, kept in zip(outputs, drivers, ((0, 2, 3), range(9)), strict=True):
        apart = [[abs(float(output[t, i]) - float(driver[t, i])) for t in kept] for i in range(1, 52)]
        by_case.append([sum(one) / len(one) for one in apart])
    errors = [sum(pair) / 2 for pair in zip(*by_case, strict=True)]
    lost = _case(_rows(95, 4), _rows(96, 4), (0, 1, 2, 3))
    cases = [_case(outputs[0][:4], drivers[0], (1,)), _case(outputs[1], drivers[1]), lost]
    extra = {"error_browDownLeft": errors[0], "error_jawOpen": errors[24], "error_noseSneerRight": errors[50]}
    extra |= {"n_cases": 2.0, "n_cases_lost": 1.0}
    name = "coefficients drawn at random, jawOpen off by half"
    value = of_set(_ERROR, name, INDEPENDENT, cases, max(errors), scored=12, extra=extra)

    def worst() -> float:
        from benchmark.metrics.coefficients import blendshape_error

        return float(blendshape_error(cases).extra["worst"] == "jawOpen")

    named = of_function(_ERROR, "the worst by its name", EXACTLY, worst, 1.0)
    return [value, named, of_set(_ERROR, "no frame with a face", EXACTLY, [lost], None)]


def _distances() -> list[KnownValue]:
    found = []
    for text, n, m, is_deficient in (("70 and 60 frames", 70, 60, 0.0), ("51 frames", 51, 80, 1.0)):
        random = np.random.default_rng(n)
        generated = np.clip(random.normal(0.3, 0.2, (n, 52)) * random.uniform(0.2, 1, 52), 0, 1).astype(np.float32)
        real = np.clip(random.normal(0.4, 0.1, (m, 52)), 0, 1).astype(np.float32)
        generated[:, 0] = 1.0
        expected = frechet(generated[:, 1:], real[:, 1:])
        lost = np.concatenate([np.full((1, 52), np.nan, np.float32), generated])
        cases = [_case(lost[:30], real[:20]), _case(lost[30:], real[20:])]
        extra = {"dimensions": 51.0, "rank_deficient": is_deficient, "n_real": float(m), "n_failed": 1.0}
        found.append(
            of_set(_E_FID, text, INDEPENDENT, cases, expected, scored=n, extra=extra, tolerance=1e-6 * expected)
        )
    return found
