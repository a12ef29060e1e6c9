"""What a part of the benchmark measures: a number, and the floor or ceiling that it must keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Args:
        name: what was measured, such as "fid[clean-fid] against clean-fid".
        value: NaN where it could not be measured (then it is missed, if it has a floor).
        unit: "x" for a ratio, "s", "rel", "" for a pure number.
        floor: what it must reach, None when it is only shown.
        at_least: whether `floor` bounds the value from below; False: from above.
        note: how it came about, in a few words.
    """

    name: str
    value: float
    unit: str = ""
    floor: float | None = None
    at_least: bool = True
    note: str = ""

    @property
    def is_met(self) -> bool:
        """True where there is no floor; False for NaN where there is one."""
        if self.floor is None:
            return True
        return self.value >= self.floor if self.at_least else self.value <= self.floor

    @property
    def verdict(self) -> str:
        if self.floor is None:
            return "-"
        return "PASS" if self.is_met else "FAIL"

    def __str__(self) -> str:
        wanted = "" if self.floor is None else f"{'>=' if self.at_least else '<='} {self.floor:g}"
        value = f"{self.value:.4g} {self.unit}".strip()
        return f"{self.name:58} {value:>14}  {wanted:>9}  {self.verdict:4}  {self.note}".rstrip()


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """Those that do not keep their floor."""
    return [figure for figure in figures if not figure.is_met]
