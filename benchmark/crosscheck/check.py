"""Ask packages, and put their numbers beside ours."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.crosscheck.material import Material
from benchmark.crosscheck.packages import INSTALL, Answer, Package, Question
from benchmark.crosscheck.unavailable import NotHere
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.plan_pairs import plan_pairs
from benchmark.engine.run import execute
from benchmark.engine.tools import Tools
from benchmark.metrics import cards_of
from benchmark.pairing.pair_list import PairList
from benchmark.results.schema import Results
from feed_dataset.core.jobs.cells import one_line
from feed_dataset.core.jobs.errors import words_and_place
from feed_dataset.core.jobs.executor import Executor
from feed_dataset.core.jobs.progress import Progress

_METHOD = "generated"


@dataclass(frozen=True)
class Checked:
    """What came out.

    Args:
        answers: of the packages that are installed.
        not_installed: names of the others.
        left_out: pairs, each with its reason.
    """

    answers: tuple[Answer, ...]
    not_installed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def has_numbers(self) -> bool:
        """Whether any package gave one."""
        return any(one.theirs is not None for one in self.answers)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader must know: a line for each package that is missing, and for each pair."""
        missing = [f"{name} is not installed" for name in self.not_installed]
        install = [f"what is not installed: {INSTALL}"] if missing else []
        return (*missing, *install, *(f"left out: {one}" for one in self.left_out))


def cross_check(
    packages: Sequence[Package],
    pairs: PairList,
    networks: NetworkStatus,
    executor: Callable[[int], Executor[Tools]],
    progress: Progress,
) -> Checked:
    """Measure the files with our engine and with every package that is installed.

    Args:
        executor: makes one for so many pairs.

    Raises:
        BenchmarkError: no pair has files of one length and size.
    """
    with tempfile.TemporaryDirectory(prefix="feed-crosscheck-") as temporary:
        material = Material(pairs, Path(temporary))
        ids = metrics_to_ask(packages, networks.present)
        ours = None
        if ids:
            kept = {pair.id for pair in material.pairs}
            usable = replace(pairs, pairs=tuple(pair for pair in pairs.pairs if pair.id in kept))
            plan = plan_pairs(
                usable,
                cards_of(ids),
                networks,
                Path(temporary) / "ours",
                method=_METHOD,
                data="reference",
                embed_every=1,
                panels="score",
            )
            with executor(len(kept)) as workers:
                ours = execute(plan, workers, progress).results
        installed = [one for one in packages if one.is_installed]
        with progress.phase("packages", sum(len(one.questions) for one in installed)) as step:
            found = []
            for answer in _answers(installed, material, ours, networks):
                found.append(answer)
                step()
    absent = tuple(one.name for one in packages if not one.is_installed)
    return Checked(tuple(found), absent, tuple(material.left_out))


def metrics_to_ask(packages: Sequence[Package], networks: Mapping[str, str]) -> list[str]:
    """Ids of our metrics that installed packages have a number for, where their networks are here."""
    asked = (q for one in packages if one.is_installed for q in one.questions if set(q.networks) <= set(networks))
    return list(dict.fromkeys(question.metric for question in asked))


def _answers(
    packages: Sequence[Package], material: Material, ours: Results | None, networks: NetworkStatus
) -> Iterator[Answer]:
    for package in packages:
        for question in package.questions:
            missing = _missing(question, networks)
            if missing:
                yield Answer(package.name, question, missing=missing)
                continue
            found = None if ours is None else ours.aggregate(_METHOD, question.metric)
            counted = 0 if found is None else found.cases_scored
            if found is None or found.value is None or counted < len(material.pairs):
                why = f"ours has a value for {counted} of {len(material.pairs)} pairs only"
                yield Answer(package.name, question, missing=why)
                continue
            yield _asked(package, question, found.value, material)


def _asked(package: Package, question: Question, ours: float, material: Material) -> Answer:
    try:
        return Answer(package.name, question, ours, question.ask(material))
    except NotHere as error:
        return Answer(package.name, question, ours, missing=str(error))
    except Exception as error:  # code of others: whatever it raises is its answer
        said = one_line(f"{type(error).__name__}: {words_and_place(error)}")
        return Answer(package.name, question, ours, missing=f"installed, but failed with {said}")


def _missing(question: Question, networks: NetworkStatus) -> str:
    for name in question.networks:
        if name not in networks.present:
            lack = networks.missing.get(name)
            command = "" if lack is None or not lack.command else f", get it with: {lack.command}"
            return f"needs the network {name}{command}"
    return ""
