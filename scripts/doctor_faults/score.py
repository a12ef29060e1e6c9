"""Plant every fault, or some, and count what the doctor finds."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.doctor.known_values.value import KnownValue
from scripts.doctor_faults.behind import Behind, Functions
from scripts.doctor_faults.constants import ConstantFault, constant_faults
from scripts.doctor_faults.equivalent import reason_of
from scripts.doctor_faults.planting import AnyFault, faults_of, verdict

Known = Mapping[str, Sequence[KnownValue]]
"""Known values by metric id."""


@dataclass(frozen=True)
class Planted:
    """A fault, and how the known values of each metric that runs its function found it; "" where they did not."""

    fault: AnyFault
    found: Mapping[str, str]

    @property
    def is_found(self) -> bool:
        return any(self.found.values())

    @property
    def reason(self) -> str | None:
        """Why it changes nothing, for one that is not found."""
        return None if self.is_found else reason_of(self.fault.name)

    @property
    def is_missed(self) -> bool:
        return not self.is_found and self.reason is None


@dataclass(frozen=True)
class Candidates:
    """Faults in lines that run, with the metrics behind which they lie, and how many lie in lines that do not run."""

    faults: tuple[tuple[AnyFault, tuple[str, ...]], ...]
    not_run: int


def candidates(known: Known, functions: Functions) -> Candidates:
    """Every fault that the rules find in the functions behind these metrics.

    Raises:
        ValueError: a metric has no function with a fault: nothing would be known of its known values.
    """
    metrics: dict[Behind, list[str]] = {}
    ran: dict[Behind, set[int]] = {}
    for metric, values in known.items():
        for place, lines in functions.behind(values).items():
            metrics.setdefault(place, []).append(metric)
            ran.setdefault(place, set()).update(lines)
    found: list[tuple[AnyFault, tuple[str, ...]]] = []
    not_run = 0
    for place, ids in metrics.items():
        for fault in faults_of(place):
            if ran[place].isdisjoint(fault.lines):
                not_run += 1
            else:
                found.append((fault, tuple(ids)))
    found += _constants(metrics)
    bare = set(known) - {metric for _, ids in found for metric in ids}
    if bare:
        raise ValueError(f"expected faults for every metric but the rules find none for {sorted(bare)}")
    return Candidates(tuple(found), not_run)


def _constants(metrics: Mapping[Behind, Sequence[str]]) -> list[tuple[AnyFault, tuple[str, ...]]]:
    """Faults of every constant that these functions read, each once, behind the metrics of all of its readers."""
    faults: dict[str, ConstantFault] = {}
    behind: dict[str, dict[str, None]] = {}
    for place, ids in metrics.items():
        for fault in constant_faults(place):
            faults.setdefault(fault.name, fault)
            behind.setdefault(fault.name, {}).update(dict.fromkeys(ids))
    return [(fault, tuple(behind[name])) for name, fault in faults.items()]


def plant(
    chosen: Iterable[tuple[AnyFault, Sequence[str]]],
    known: Known,
    functions: Functions,
    *,
    until_found: bool = False,
    done: Callable[[Planted], None] = lambda planted: None,
) -> list[Planted]:
    """Plant faults one after the other and ask the known values of the metrics named with each.

    Args:
        until_found: do not ask further metrics once one has found the fault.
    """
    planted = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # faults divide by zero
        for fault, metrics in chosen:
            found: dict[str, str] = {}
            for metric in metrics:
                found[metric] = verdict(fault, known[metric], functions)
                if until_found and found[metric]:
                    break
            one = Planted(fault, found)
            planted.append(one)
            done(one)
    return planted


def by_cost(known: Known) -> list[str]:
    """Metric ids, those first whose known values are quickest; measures each once."""
    seconds = {}
    for metric, values in known.items():
        start = time.process_time()
        for one in values:
            one.measure()
        seconds[metric] = time.process_time() - start
    return sorted(seconds, key=lambda metric: (seconds[metric], metric))


def drawn(found: Candidates, known: Known, each: int, seed: int) -> list[tuple[AnyFault, tuple[str, ...]]]:
    """For every metric some faults of different families, each to be found by that metric or one beside it.

    Faults that change nothing by construction are not drawn.
    """
    random = np.random.default_rng(seed)
    chosen: dict[AnyFault, tuple[str, ...]] = {}
    for metric in known:
        own = [(fault, ids) for fault, ids in found.faults if metric in ids and reason_of(fault.name) is None]
        order = random.permutation(len(own))
        families: set[str] = set()
        for place in order:
            fault, ids = own[place]
            if len(families) == each:
                break
            if fault.family not in families:
                families.add(fault.family)
                chosen[fault] = (metric, *(one for one in ids if one != metric))
    return list(chosen.items())
