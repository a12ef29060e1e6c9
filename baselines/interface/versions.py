"""Versions that code wants, such as ">=3.8,<3.11": numbers and dots alone, without pre-releases."""

from __future__ import annotations

import re

from baselines.interface.errors import DriveError

_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)")
_RELEASE = re.compile(r"\d+(?:\.\d+)*")


def check_versions(text: str, name: str) -> None:
    """Raise DriveError unless `text` can be read by `admits`."""
    if any(_CLAUSE.fullmatch(part.strip()) is None for part in text.split(",")):
        raise DriveError(f"expected versions of {name} such as '>=3.8,<3.11' but got {text!r}")


def admits(text: str, version: str) -> bool:
    """Whether a version is wanted. "==3.10" and "!=3.10" speak of every 3.10.x; what follows the numbers is ignored.

    >>> admits(">=3.8,<3.11", "3.10.14"), admits("==2.3", "2.3.1+cu121"), admits(">3.8", "3.8")
    (True, True, False)
    """
    found = _RELEASE.match(version)
    if found is None:
        return False
    release = _numbers(found[0])
    for part in text.split(","):
        clause = _CLAUSE.fullmatch(part.strip())
        if clause is None:
            raise DriveError(f"expected versions such as '>=3.8,<3.11' but got {text!r}")
        wanted = _numbers(clause[2])
        same = release[: len(wanted)] == wanted
        length = max(len(release), len(wanted))
        have, bound = (one + (0,) * (length - len(one)) for one in (release, wanted))
        if not {
            ">=": have >= bound,
            "<=": have <= bound or same,
            ">": have > bound and not same,
            "<": have < bound,
            "==": same,
            "!=": not same,
        }[clause[1]]:
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
