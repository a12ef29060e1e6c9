"""How well a metric orders methods the way people do: the paper's user study of motion (UMTN) against a results file.

34 participants saw a driving image and the outputs of two methods and chose the one with the better motion (about 300
questions; EMOPortraits section 6.1). UMTN is the percentage of preferences. With five or six methods even perfect
agreement is weak evidence: its exact p-value is 2 / 5! = 0.017 or 2 / 6! = 0.003, and many metrics are tried.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import Results
from feed_dataset.core.jobs.suggestions import unknown

MOTION_METRICS = (
    "expression_transfer[mesh468]",
    "expression_error[mesh468]",
    "intensity_error[mesh478]",
    "intensity_error[blendshapes52]",
    "intensity_error[mesh468]",
    "asymmetry[mesh478]",
    "asymmetry[blendshapes52]",
    "wink_f1[mesh478]",
    "wink_f1[blendshapes52]",
    "tongue_f1[mesh468]",
    "tongue_transfer[mesh468]",
)
"""What should order methods as people do who judge motion."""

_MOST_EXACT = 8  # methods: 8! = 40,320 orders are gone through


@dataclass(frozen=True)
class UserStudy:
    """Preferences of one study."""

    id: str
    drivers: str
    source: str
    umtn_percent: Mapping[str, float]  # by the paper's name of the method


STUDIES: Mapping[str, UserStudy] = {
    study.id: study
    for study in (
        UserStudy(
            "paper-table3-feed",
            "100 FEED images of the extreme-emotion task",
            "EMOPortraits Table 3, right half",
            {"NOFA": 3.8, "FOMM": 1.8, "UVA": 0.6, "StyleHEAT": 2.6, "MegaPortraits": 16.7, "EMOPortraits": 74.6},
        ),
        UserStudy(
            "paper-table3-mead",
            "100 MEAD images of high-intensity emotions",
            "EMOPortraits Table 3, left half (the text leaves UVA out of this study, the table NOFA: as printed)",
            {"FOMM": 2.4, "UVA": 0.9, "StyleHEAT": 3.7, "MegaPortraits": 22.7, "EMOPortraits": 70.3},
        ),
        UserStudy(
            "paper-table4",
            "a part of the MEAD images",
            "EMOPortraits Table 4, ablation (its arrow points down; the text reads higher as better)",
            {
                "MegaPortraits fine-tuned": 8.5,
                "Ours w/o L_CVn": 9.2,
                "Ours w/o L_sdm": 11.3,
                "Ours dim(z)=512": 25.6,
                "EMOPortraits": 45.4,
            },
        ),
    )
}
"""MetaPortrait was in no study."""


@dataclass(frozen=True)
class OrderAgreement:
    """How alike a metric and the study order the methods; statistics are None with fewer than three methods.

    Args:
        metric: its id.
        methods: of the study and the results, best first as people see it.
        scores: of these methods, in the metric's own unit.
        umtn_percent: of these methods.
        kendall_tau: tau-b of the metric (turned so that more is better) with UMTN.
        spearman: rank correlation, likewise.
        kendall_p, spearman_p: exact two-sided p-values: share of all orders of the scores that agree or disagree at
            least as much.
        reason: why there are no statistics.
    """

    metric: str
    methods: tuple[str, ...]
    scores: tuple[float, ...]
    umtn_percent: tuple[float, ...]
    kendall_tau: float | None
    kendall_p: float | None
    spearman: float | None
    spearman_p: float | None
    reason: str | None = None


def study(study_id: str) -> UserStudy:
    """Look a study up. Raises BenchmarkError that names the nearest."""
    if study_id not in STUDIES:
        raise BenchmarkError(unknown("user study", study_id, STUDIES))
    return STUDIES[study_id]


def order_agreement(
    results: Results,
    study_id: str = "paper-table3-feed",
    *,
    metrics: Iterable[str] = MOTION_METRICS,
    names: Mapping[str, str] | None = None,
) -> tuple[OrderAgreement, ...]:
    """How well the metrics of a results file order its methods as a user study does, one answer per metric.

    Args:
        results: with several of the study's methods; those that the study does not have are left out.
        names: method of the results -> the paper's name. Without it names are compared without case, spaces and signs.

    Raises:
        BenchmarkError: unknown study, a name in `names` that the study does not have, two methods of one name, or a
            metric that has no direction.
    """
    chosen = study(study_id)
    paper_names = _paper_names([method.name for method in results.methods], chosen, names or {})
    return tuple(_agreement(results, metric, paper_names, chosen) for metric in metrics)


def rank_agreement(
    scores: Sequence[float],
    preferences: Sequence[float],
) -> tuple[float, float, float, float]:
    """(Kendall's tau-b, its p, Spearman's rho, its p) of two lists; exact two-sided p-values by all permutations.

    Raises:
        ValueError: fewer than 3 or more than 8 pairs, or a list without any difference.
    """
    n = len(scores)
    if n != len(preferences) or not 3 <= n <= _MOST_EXACT:
        raise ValueError(f"expected 3 to {_MOST_EXACT} pairs but got {n} and {len(preferences)}")
    x, y = np.asarray(scores, np.float64), np.asarray(preferences, np.float64)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise ValueError("expected methods that differ but all are equal")
    signs, ranks = _pair_signs(x), _centred_ranks(x)
    other_signs, other_ranks = _pair_signs(y), _centred_ranks(y)
    tau_scale = math.sqrt(float((signs**2).sum() * (other_signs**2).sum()))
    rho_scale = math.sqrt(float((ranks**2).sum() * (other_ranks**2).sum()))
    orders = np.array(list(itertools.permutations(range(n))))
    taus = np.einsum("pij,ij->p", signs[orders[:, :, None], orders[:, None, :]], other_signs) / tau_scale
    rhos = ranks[orders] @ other_ranks / rho_scale
    tau, rho = float(taus[0]), float(rhos[0])  # the first permutation is the order as it is
    tau_p = float((np.abs(taus) >= abs(tau) - 1e-12).mean())
    rho_p = float((np.abs(rhos) >= abs(rho) - 1e-12).mean())
    return tau, tau_p, rho, rho_p


def _agreement(results: Results, metric: str, paper_names: Mapping[str, str], chosen: UserStudy) -> OrderAgreement:
    found: list[tuple[float, float, str]] = []  # UMTN, score, method
    better: set[bool | None] = set()
    for method, paper_name in paper_names.items():
        aggregate = results.aggregate(method, metric)
        if aggregate is not None:
            better.add(aggregate.higher_is_better)
            if aggregate.value is not None:
                found.append((chosen.umtn_percent[paper_name], aggregate.value, method))
    if None in better:
        raise BenchmarkError(f"expected a metric of which more or less is better but {metric!r} has no direction")
    found.sort(reverse=True)
    methods = tuple(method for _, _, method in found)
    scores, umtn = tuple(score for _, score, _ in found), tuple(percent for percent, _, _ in found)
    sign = 1.0 if better != {False} else -1.0
    try:
        tau, tau_p, rho, rho_p = rank_agreement([sign * score for score in scores], umtn)
    except ValueError as error:
        return OrderAgreement(metric, methods, scores, umtn, None, None, None, None, str(error))
    return OrderAgreement(metric, methods, scores, umtn, tau, tau_p, rho, rho_p)


def _paper_names(methods: Sequence[str], chosen: UserStudy, names: Mapping[str, str]) -> dict[str, str]:
    """Method of the results -> its name in the study, for those that it has."""
    for name in names.values():
        if name not in chosen.umtn_percent:
            raise BenchmarkError(unknown(f"method of {chosen.id}", name, chosen.umtn_percent))
    plain = {_plain(name): name for name in chosen.umtn_percent}
    found: dict[str, str] = {}
    for method in methods:
        paper_name = names.get(method) or plain.get(_plain(method))
        if paper_name is None:
            continue
        if paper_name in found.values():
            raise BenchmarkError(f"expected one method for {paper_name!r} of {chosen.id} but {method!r} is another")
        found[method] = paper_name
    return found


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _pair_signs(values: np.ndarray) -> np.ndarray:
    """Sign of the difference of every two, float64 [n, n]."""
    signs: np.ndarray = np.sign(values[:, None] - values[None, :])
    return signs


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks minus their mean, float64 [n]."""
    ranks = (values[:, None] > values[None, :]).sum(axis=1) + 0.5 * (values[:, None] == values[None, :]).sum(axis=1)
    centred: np.ndarray = ranks - ranks.mean()
    return centred
