"""What a mock run finds out of one rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "fault", "cannot be told"]


@dataclass(frozen=True)
class Finding:
    """One rule and whether a method keeps it; `line` says what was seen and, of a fault, what to do."""

    rule: str
    state: State
    line: str


def ok(rule: str, line: str) -> Finding:
    return Finding(rule, "ok", line)


def fault(rule: str, line: str) -> Finding:
    return Finding(rule, "fault", line)


def untold(rule: str, line: str) -> Finding:
    return Finding(rule, "cannot be told", line)
