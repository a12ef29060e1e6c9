"""A metric's card: name, formula, networks, direction, pitfalls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Need = Literal["reference", "latents", "audio"]


@dataclass(frozen=True)
class MetricCard:
    """A metric's card. Texts are plain Markdown; docs and reports show them as they are.

    Args:
        id: name in results; the part in brackets is the network or mode behind the number.
        title: short name for a table's column.
        unit: "" for a pure number.
        higher_is_better: None where neither direction is.
        level: "case" gives one value per case, "set" one for all cases of a method.
        needs: what a case must have besides output, driver and source.
        features: ids of the extractors (of videos, pairs or sound) that it reads; "mesh468" for the landmarks.
        summary: one or two sentences for tables.
        definition: the formula, exact enough to write it again.
        value_range: (lowest, highest) possible value, None where there is no bound.
        preprocessing: what happens to pixels before the networks.
        pitfalls: how it can mislead.
        source: equation, table, paper.
        uses_source: whether it compares with the source image; output and driver are read by all.
    """

    id: str
    title: str
    unit: str
    higher_is_better: bool | None
    level: Literal["case", "set"]
    needs: frozenset[Need]
    features: tuple[str, ...]
    summary: str
    definition: str
    value_range: tuple[float | None, float | None]
    preprocessing: str
    pitfalls: tuple[str, ...]
    source: str
    uses_source: bool = False

    @property
    def networks(self) -> tuple[str, ...]:
        """Names in the weights registry of every network behind the number."""
        from benchmark.features.extractors.catalog import networks_of

        return networks_of(self.features)

    @property
    def packages(self) -> tuple[str, ...]:
        """Python packages beyond the base install that its extractors import."""
        from benchmark.features.extractors.catalog import packages_of

        return packages_of(self.features)
