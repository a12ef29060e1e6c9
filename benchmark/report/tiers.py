"""Which methods can be told apart, in lines for tables: no winners where there are none."""

from __future__ import annotations

from benchmark.results.comparison import ALPHA, Comparisons


def tier_lines(found: Comparisons) -> dict[str, str]:
    """By metric the methods from better to worse; A, B > C where both A and B are really better than C."""
    lines = {}
    for metric in dict.fromkeys(score.metric for score in found.scores):
        tiers = found.tiers(metric)
        if not tiers:
            continue
        told = any(one.p_value is not None for one in found.in_metric(metric))
        text = " > ".join(", ".join(tier) for tier in tiers)
        lines[metric] = text if told else f"{text} (this protocol cannot tell)"
    return lines


def rule(found: Comparisons) -> str:
    """The rule and how often it was asked, in one sentence."""
    few = "" if found.n_tested else "; this protocol has too few drivers or sources for it (6 of each)"
    return (
        f"A difference is called real at p <= {ALPHA:g}: Student's t with standard errors clustered by driver and by"
        f" source, Holm-corrected for the {found.n_tested} comparisons of all methods in all metrics shown{few}. In"
        " A, B > C both A and B are better than C; inside a tier not all can be told apart."
    )
