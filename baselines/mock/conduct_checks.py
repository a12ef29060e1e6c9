"""Rules of how a method behaves: inputs, seeds, other jobs, missing faces, what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from baselines.interface.capabilities import Capabilities
from baselines.mock.finding import Finding, fault, ok, untold
from baselines.mock.job import Answer, Told
from baselines.mock.process import Done

_SAME = 0.5  # grey levels: frames that differ less do not move
_BLACK = 3.0
_SHOWN = 3


def inputs(answers: Mapping[str, Answer]) -> Finding:
    """What a method is given belongs to others, too."""
    changed = sorted({name for answer in answers.values() for name in answer.changed})
    if changed:
        return fault("inputs", f"altered its inputs ({_some(changed)}); work on a copy")
    return ok("inputs", "as they were")


def seed(card: Capabilities, base: Answer, again: Answer, elsewhere: Answer | None) -> Finding:
    """The same seed gives the same frames, in the same process and in another one.

    Args:
        elsewhere: the same in a process of its own; None where it was not tried.
    """
    if base.frames is None or again.frames is None:
        return untold("seed", f"no second answer to compare: {again.error or 'several sizes'}")
    same = equal(base, again)
    same_elsewhere = elsewhere is None or equal(base, elsewhere)
    if same and same_elsewhere:
        return ok("seed", "same seed, same frames" + ("" if card.seeded else "; its card may say seeded=True"))
    if card.seeded is False:
        return ok("seed", "other frames for the same seed, as its card says")
    where = "in another process" if same else "the second time"
    return fault("seed", f"gave other frames for the same seed {where}; draw from driver.seed, or say seeded=False")


def together(
    card: Capabilities, alone: Told, pair: Sequence[Done], labels: Sequence[str], *, repeats: bool, same_elsewhere: bool
) -> Finding:
    """Two jobs at once give what each gives alone.

    Args:
        labels: of the drives whose answers are compared, a job each.
        repeats: the method gives the same frames twice at all.
        same_elsewhere: a process of its own gives them, too.
    """
    rule = "two at once"
    if card.parallel_safe is False:
        return ok(rule, "its card says that it may not; cases are made one at a time")
    told = [one.told for one in pair]
    shared = sorted(set.intersection(*[set(one.written) for one in told if one is not None])) if all(told) else []
    if shared:
        return fault(rule, f"two jobs write one file ({_some(shared)}); take tempfile, or say parallel_safe=False")
    for one, done in zip(told, pair, strict=True):
        errors = [] if one is None else [one.setup_error, *(answer.error for answer in one.answers.values())]
        reason = done.how if one is None else next((error for error in errors if error), None)
        if reason:
            return fault(rule, f"failed while another job ran: {reason}")
    if not repeats or not same_elsewhere:
        return untold(rule, "its frames differ from run to run in any case")
    for one, label in zip(told, labels, strict=True):
        assert one is not None
        if any(not equal(alone.answers[label], answer) for answer in one.answers.values()):
            return fault(rule, "gave other frames while another job ran; share nothing, or say parallel_safe=False")
    return ok(rule, "as alone" + ("" if card.parallel_safe else "; its card may say parallel_safe=True"))


def missing_face(card: Capabilities, base: Answer, no_driver: Answer | None, no_source: Answer, count: int) -> Finding:
    """Where there is no face to drive with or to drive, a method that needs one says so.

    Args:
        no_driver: None where the method is given no frames of a driver.
        count: frames of the driver without a face.
    """
    rule = "missing face"
    said = [one.error for one in (no_driver, no_source) if one is not None and one.error is not None]
    for what, answer in (("driver", no_driver), ("source", no_source)):
        if answer is None or answer.error is not None:
            continue
        if card.reads_with:
            eyes = ", ".join(sorted(card.reads_with))
            return fault(rule, f"looks at faces with {eyes} and says nothing of a {what} without one; raise an error")
        if answer.frames is not None and float(answer.frames.mean()) < _BLACK:
            return fault(rule, f"gives black frames for a {what} without a face and says nothing; raise an error")
        if what == "driver" and answer.count != count:
            return fault(
                rule, f"gives {answer.count} of {count} frames where there is no face and says nothing; raise an error"
            )
        if what == "driver" and _moves(base) and _stands(answer):
            return fault(rule, "stands still for a driver without a face and says nothing; raise an error")
    if no_driver is not None and no_driver.error is not None and no_source.error is None:
        return untold(rule, f"says of a driver: {no_driver.error}; makes frames of a source without a face")
    if said:
        return ok(rule, f"says: {said[0]}")
    return untold(rule, "makes frames of anything: it may not look for a face")


def processes(done: Done) -> Finding:
    """Nothing runs on."""
    if not Path("/proc/self/environ").exists():
        return untold("processes", "this system does not tell which run")
    if done.left:
        return fault("processes", f"left {len(done.left)} running ({_some(done.left)}); end them")
    return ok("processes", "none left")


def files(left: Sequence[str]) -> Finding:
    """Nothing is left in the working folder, the temporary folder or beside the method."""
    if left:
        return fault("files", f"left {_some(left)}; write to a temporary folder and remove it")
    return ok("files", "none left")


def equal(one: Answer, other: Answer) -> bool:
    """Whether two answers have the same frames, bit by bit."""
    return one.frames is not None and other.frames is not None and np.array_equal(one.frames, other.frames)


def _motion(answer: Answer) -> float:
    if answer.frames is None:
        return 0.0
    return float(np.abs(answer.frames.astype(np.int16) - answer.frames[0]).mean(axis=(1, 2, 3)).max())


def _moves(answer: Answer) -> bool:
    return _motion(answer) > _SAME


def _stands(answer: Answer) -> bool:
    """Whether all frames are copies of one: a network that is shown other frames never gives that."""
    return answer.frames is not None and not answer.is_lossy and _motion(answer) == 0


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
