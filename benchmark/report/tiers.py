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
    """The rule and how often it was asked, in plain sentences."""
    test = (
        f"A difference is called real at p ≤ {ALPHA:g}: Student's t with standard errors clustered by driver and by"
        " source"
    )
    if not found.differences:
        return "Nothing is tested: it takes two methods."
    if not found.n_tested:
        return f"{test}. There are too few drivers or sources here for any: it takes 6 of each."
    several = "s" if found.n_tested > 1 else ""
    return (
        f"{test}, Holm-corrected for the {found.n_tested} comparison{several} of all methods in all metrics shown. In"
        " A, B > C both A and B are better than C; inside a tier not all can be told apart."
    )
