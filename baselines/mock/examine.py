"""A whole mock run of one method."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from baselines.doors.place import is_file
from baselines.doors.spec import MethodSpec
from baselines.interface.capabilities import Capabilities
from baselines.interface.speed import CaseSpeed, Speed, speed_of
from baselines.mock import conduct_checks, frame_checks
from baselines.mock.finding import Finding, fault, ok
from baselines.mock.job import Answer, Drive, Job, Told
from baselines.mock.material import all_inputs
from baselines.mock.process import Done, Place, run_jobs

_ALL = ("base", "altered", "red", "blue", "mixed", "fast", "small", "big", "no-driver-face", "no-source-face")
_REPEATS = 3  # of each of two jobs at once


@dataclass(frozen=True)
class MockRun:
    """What was found.

    Args:
        speed: of the plain drive and the same again; None of a command, which takes all cases at once.
    """

    name: str
    findings: tuple[Finding, ...]
    speed: Speed | None = None

    @property
    def passed(self) -> bool:
        return all(one.state != "fault" for one in self.findings)


def mock_run(spec: MethodSpec, *, device: str = "cpu", timeout_s: float = 600.0) -> MockRun:
    """Run a method on rendered inputs and check every rule.

    Args:
        timeout_s: for each of its processes.

    Raises:
        MethodUnavailable: it cannot be loaded, or is a folder of finished frames.
    """
    card = spec.card()
    with tempfile.TemporaryDirectory(prefix="feed-mock-") as folder:
        return _Examination(spec, card, device, timeout_s, Path(folder).resolve()).run()


class _Examination:
    def __init__(self, spec: MethodSpec, card: Capabilities, device: str, timeout_s: float, folder: Path) -> None:
        self._spec, self._card, self._device, self._timeout_s = spec, card, device, timeout_s
        self._folder = folder
        self._given = all_inputs(frozenset(card.drives))

    def run(self) -> MockRun:
        beside = _beside(self._spec)
        place = Place(self._folder / "alone")
        jobs = (*(Drive(name, name) for name in _ALL), Drive("again", "base"))
        (done,) = run_jobs([self._job("first", jobs)], place, timeout_s=self._timeout_s)
        told = done.told
        elsewhere = () if told is None else (path for path in told.created if os.path.exists(path))
        left = [*place.left(), *sorted({*(_beside(self._spec) - beside), *elsewhere})]
        if told is None or told.setup_error is not None or not told.answers["base"].is_any:
            found = fault("runs", _why(done))
            after = [conduct_checks.processes(done), conduct_checks.files(left)]
            return MockRun(self._spec.name, (found, *(one for one in after if one.state == "fault")))
        findings = [ok("runs", "yes"), *self._frames(told), *self._conduct(told)]
        findings += [conduct_checks.processes(done), conduct_checks.files(left)]
        drives = [(told.answers[label].speed, is_first) for label, is_first in (("base", True), ("again", False))]
        speed = speed_of([CaseSpeed(told.load_s, is_first, one) for one, is_first in drives if one is not None])
        return MockRun(self._spec.name, tuple(findings), speed)

    def _frames(self, told: Told) -> list[Finding]:
        card, given, answers = self._card, self._given, told.answers
        return [
            frame_checks.count(card, answers["base"], given["base"]),
            frame_checks.size(answers["base"], given["base"]),
            frame_checks.rate(card, answers["base"], answers["fast"], given["base"], given["fast"]),
            frame_checks.channels(answers["red"], answers["blue"], answers["mixed"], given["red"], given["blue"]),
            frame_checks.order(answers["base"], answers["again"], answers["altered"]),
            frame_checks.motion(card, answers["base"]),
            frame_checks.person(card, answers["base"], given["base"]),
            frame_checks.own_size(card, answers["small"], answers["big"], given["small"], given["big"]),
        ]

    def _conduct(self, told: Told) -> list[Finding]:
        answers = told.answers
        repeats = conduct_checks.seed(replace(self._card, seeded=None), answers["base"], answers["again"], None)
        pair = self._pair()
        elsewhere: Answer | None = None
        if repeats.state == "ok" and not _as_alone(told, pair):
            (solo,) = run_jobs(
                [self._job("solo", (Drive("base", "base"),))], Place(self._folder / "solo"), timeout_s=self._timeout_s
            )
            elsewhere = Answer(error="nothing") if solo.told is None else solo.told.answers.get("base")
        seed = conduct_checks.seed(self._card, answers["base"], answers["again"], elsewhere)
        sees_driver = self._given["no-driver-face"].driver.frames is not None
        return [
            conduct_checks.inputs(answers),
            seed,
            conduct_checks.together(
                self._card,
                told,
                pair,
                _PAIR,
                repeats=repeats.state == "ok",
                same_elsewhere=elsewhere is None or conduct_checks.equal(answers["base"], elsewhere),
            ),
            conduct_checks.missing_face(
                self._card,
                answers["base"],
                answers["no-driver-face"] if sees_driver else None,
                answers["no-source-face"],
                self._given["no-driver-face"].driver.frame_count,
            ),
        ]

    def _pair(self) -> list[Done]:
        gate = self._folder / "go"
        jobs = [
            self._job(f"pair-{name}", tuple(Drive(f"{name}-{number}", name) for number in range(_REPEATS)), gate)
            for name in _PAIR
        ]
        return run_jobs(jobs, Place(self._folder / "pair"), timeout_s=self._timeout_s)

    def _job(self, name: str, drives: tuple[Drive, ...], waits_for: Path | None = None) -> Job:
        return Job(self._spec, self._device, self._folder / "jobs" / name, drives, waits_for)


_PAIR = ("base", "altered")


def _as_alone(told: Told, pair: list[Done]) -> bool:
    return all(
        one.told is not None and all(conduct_checks.equal(told.answers[label], a) for a in one.told.answers.values())
        for one, label in zip(pair, _PAIR, strict=True)
    )


def _why(done: Done) -> str:
    if done.told is None:
        return done.how
    return done.told.setup_error or done.told.answers["base"].error or "it gave no frames"


def _beside(spec: MethodSpec) -> set[str]:
    """What lies beside a method's file."""
    if not is_file(spec.target):
        return set()
    folder = Path(spec.target.rpartition(":")[0]).parent
    return {str(one) for one in folder.iterdir() if one.name != "__pycache__"}
