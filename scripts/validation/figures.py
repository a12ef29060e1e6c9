"""How well each expression metric orders what is known: rank correlations between metric and truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.catalog import CARDS, score_case
from benchmark.metrics.tongue import tongue_areas, tongue_out
from benchmark.metrics.winks import ON, ON_IOD, closure_difference, opening_difference
from scripts.validation.material import RenderedClip

WANTED = 0.9
_HELD_TO = {1.0: ("intensity[mesh478]", "intensity[mesh468]"), 0.5: ("intensity[mesh478]",)}
_LESS_THAN_A_WINK = (0.5, 0.25)
_FULL_WINK, _FULL_TONGUE, _NO_TONGUE_IOD2 = 0.75, 0.7, 0.003
WINKS: Mapping[str, tuple[str, Callable[[np.ndarray], np.ndarray], float]] = {
    "wink_f1[blendshapes52]": ("blendshapes", closure_difference, ON),
    "wink_f1[mesh478]": ("mesh478", opening_difference, ON_IOD),
}
"""Feature, its difference of the eyes, and from where on that is a wink, by metric."""


@dataclass(frozen=True)
class Seen:
    """A rendered clip with its features."""

    clip: RenderedClip
    features: FaceFeatures


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    truth: str
    value: float
    n: int
    wanted: float | None  # at least this; None for information
    note: str = ""

    @property
    def reached(self) -> bool | None:
        return None if self.wanted is None else self.value >= self.wanted


def rank_correlation(measured: Iterable[float], truth: Iterable[float]) -> float:
    """Spearman's rho, ties counted as ties."""
    from scipy.stats import spearmanr

    return float(spearmanr(list(measured), list(truth)).statistic)


def case_of(output: FaceFeatures, driver: FaceFeatures) -> CaseFeatures:
    """A case of two videos."""
    source = FaceFeatures(
        output.landmarks_px[:1], output.reasons[:1], {name: a[:1] for name, a in output.arrays.items()}
    )
    return CaseFeatures("case", "driver", output, driver, source)


def figures(seen: Mapping[str, list[Seen]]) -> list[Figure]:
    """All figures for the clips of each family; metrics whose features are missing are left out."""
    out: list[Figure] = []
    for metric_id in ("intensity[mesh478]", "intensity[blendshapes52]", "intensity[mesh468]"):
        if _computable(metric_id, seen["intensity"]):
            out += intensity_figures(metric_id, seen["intensity"])
    for metric_id in ("asymmetry[mesh478]", "asymmetry[blendshapes52]"):
        if _computable(metric_id, seen["asymmetry"]):
            out += asymmetry_figures(metric_id, seen["asymmetry"])
    for metric_id in WINKS:
        if _computable(metric_id, seen["winks"]):
            out += wink_figures(metric_id, seen["winks"])
    if _computable("tongue_f1[mesh468]", seen["tongue"]):
        out += tongue_figures(seen["tongue"])
    return out


def _computable(metric_id: str, clips: list[Seen]) -> bool:
    needed = [name for name in CARDS[metric_id].features if name != "mesh468"]
    return bool(clips) and all(one.features.array(name) is not None for one in clips for name in needed)


def _between_people(metric_id: str, clips: list[Seen], driver_amount: float) -> tuple[np.ndarray, np.ndarray]:
    """(metric, amount of the output / amount of the driver) of all cases of two different people."""
    values, truth = [], []
    for driver in clips:
        if driver.clip.clip.amount != driver_amount:
            continue
        for output in clips:
            if output.clip.person == driver.clip.person:
                continue
            score = score_case(metric_id, case_of(output.features, driver.features))
            if score.value is not None:
                values.append(score.value)
                truth.append(output.clip.clip.amount / driver_amount)
    return np.array(values), np.array(truth)


def _by_amount(values: np.ndarray, truth: np.ndarray) -> str:
    """Mean and standard deviation for each true amount."""
    parts = []
    for amount in np.unique(truth):
        chosen = values[truth == amount]
        parts.append(f"{amount:g}: {chosen.mean():.2f} +- {chosen.std():.2f}")
    return ", ".join(parts)


def intensity_figures(metric_id: str, clips: list[Seen]) -> list[Figure]:
    """The gain between people, when the driver is at full and at half strength (outputs then over-act)."""
    out = []
    for strength in (1.0, 0.5):
        # Only the 256 px mesh is meant for drivers that do little, and the coefficients only as a second opinion.
        wanted = WANTED if metric_id in _HELD_TO[strength] else None
        values, truth = _between_people(metric_id, clips, strength)
        if len(np.unique(truth)) > 1:
            what = f"{metric_id}, driver at strength {strength:g}"
            rho = rank_correlation(values, truth)
            out.append(
                Figure(what, "output's strength / driver's", rho, len(values), wanted, _by_amount(values, truth))
            )
    return out


def asymmetry_figures(metric_id: str, clips: list[Seen]) -> list[Figure]:
    """Concordance between people."""
    values, truth = _between_people(metric_id, clips, 1.0)
    rho = rank_correlation(values, truth)
    note = _by_amount(values, truth)
    return [Figure(metric_id, "output's share of the driver's asymmetry", rho, len(values), WANTED, note)]


def wink_figures(metric_id: str, clips: list[Seen]) -> list[Figure]:
    """The reading behind the metric, frame by frame, and what it takes for a wink."""
    feature, difference_of, on = WINKS[metric_id]
    measured, truth = [], []
    for one in clips:
        difference = difference_of(_array(one, feature))[:, 0]
        measured.append(difference - difference[0])
        truth.append(one.clip.coefficient("eyeBlinkLeft") - one.clip.coefficient("eyeBlinkRight"))
    found, true = np.concatenate(measured), np.concatenate(truth)
    rho = rank_correlation(found, true)
    full, none = np.abs(true) >= _FULL_WINK, true == 0
    right = (np.abs(found) >= on) & (np.sign(found) == np.sign(true))
    caught, quiet = float(right[full].mean()), float((np.abs(found) < on)[none].mean())
    shares: list[tuple[str, str, float, np.ndarray, float | None]] = [
        (f"{metric_id}, full winks", "share that is seen, with the right eye", caught, full, 0.95),
        (f"{metric_id}, other faces", "share that is no wink", quiet, none, 0.99),
    ]
    for amount in _LESS_THAN_A_WINK:
        some = np.isclose(np.abs(true), amount)
        if some.any():
            share = float(right[some].mean())
            shares.append((f"{metric_id}, closures of {amount:g}", "share that is seen", share, some, None))
    return [
        Figure(f"{metric_id}, its w", "true difference of closures", rho, len(true), WANTED),
        *(Figure(what, truth, share, int(frames.sum()), wanted) for what, truth, share, frames, wanted in shares),
    ]


def tongue_figures(clips: list[Seen]) -> list[Figure]:
    """The areas behind the metrics, frame by frame, and what they take for a tongue that is out."""
    visible, found, pixels, protrusion = [], [], [], []
    for one in clips:
        rows = np.asarray(_array(one, "tongue"), np.float64)
        visible.append(rows[:, 0] - rows[0, 0])
        found.append(tongue_areas(rows) - tongue_areas(rows)[0])
        iod_px = np.linalg.norm(one.features.landmarks_px[:, 33] - one.features.landmarks_px[:, 263], axis=-1)
        pixels.append(one.clip.tongue_px / iod_px**2)
        protrusion.append(one.clip.protrusion)
    seen, out, area, far = (np.concatenate(parts) for parts in (visible, found, pixels, protrusion))
    is_out = np.array([bool(tongue_out(areas[None])[0]) for areas in out])
    shown, inside = far >= _FULL_TONGUE, (far == 0) & (area >= _NO_TONGUE_IOD2)
    none = (far == 0) & (area < _NO_TONGUE_IOD2)
    return [
        Figure("tongue[mesh468], lit area", "how far the tongue is out", rank_correlation(out[:, 0], far), len(far),
               WANTED),
        Figure("tongue[mesh468], visible area", "visible pixels", rank_correlation(seen, area), len(far), WANTED),
        Figure("... tongues that are out", "share that is seen", float(is_out[shown].mean()), int(shown.sum()), 0.7),
        Figure("... shut mouths and teeth without a tongue", "share that is none", float((~is_out)[none].mean()),
               int(none.sum()), 0.99),
        Figure("... open mouths with the tongue inside", "share that is none", float((~is_out)[inside].mean()),
               int(inside.sum()), 0.9),
    ]  # fmt: skip


def _array(one: Seen, feature: str) -> np.ndarray:
    found = one.features.array(feature)
    if found is None:
        raise ValueError(f"expected the feature {feature!r} but it was not extracted")
    return found


def table(lines: Iterable[Figure], describe: Callable[[float], str] = "{:.3f}".format) -> str:
    """Markdown."""
    rows = ["| what | against | value | n | wanted | |", "|---|---|---|---|---|---|"]
    for line in lines:
        wanted = "-" if line.wanted is None else f">= {line.wanted:g} {'reached' if line.reached else 'NOT REACHED'}"
        rows.append(f"| {line.what} | {line.truth} | {describe(line.value)} | {line.n} | {wanted} | {line.note} |")
    return "\n".join(rows)
