"""From runs to a study's folder: cases that all methods have, questions about them, and their clips."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmark.results.schema import REFERENCE_ROW
from feed_dataset.core.jobs.atomic import workroom
from feed_dataset.core.jobs.errors import words_and_place
from feed_dataset.core.jobs.suggestions import unknown
from leaderboard.errors import SubmissionError
from leaderboard.study.document import LeftOut, Question, Study, StudyMethod, StudyProtocol
from leaderboard.study.joining import outputs_sha256
from leaderboard.study.media import MediaFolder, of_size
from leaderboard.study.plan import Asked, Plan, cases_wanted, choose_cases, plan
from leaderboard.study.run_files import Clip, RunFiles
from leaderboard.study.votes import Choice

_LONGEST_TITLE = 200
_KEPT_INPUTS = 16  # drivers and sources in memory at once
_CANDIDATES = 8  # other drivers or sources of which the most different one makes a check


@dataclass(frozen=True)
class Wish:
    """What a study is to be.

    Args:
        title: raters see it.
        raters: forms; later raters begin with the first form again.
        questions: of each rater, attention checks among them.
        cases: at most; None takes so many that about three raters answer each question.
        methods: of the runs; None takes all but the references.
        most_s: clips are cut after so many seconds, all three of a question alike.
    """

    title: str
    raters: int = 24
    questions: int = 12
    cases: int | None = None
    methods: Sequence[str] | None = None
    most_s: float = 8.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < len(self.title) <= _LONGEST_TITLE:
            raise SubmissionError(f"expected a title of 1 to {_LONGEST_TITLE} characters but got {len(self.title)}")


def build(runs: Sequence[Path], out: Path, wish: Wish, *, tell: Callable[[int, int], None] = lambda *_: None) -> Study:
    """Write a study's folder, whole or not at all.

    Args:
        runs: folders of runs on the same cases.
        out: does not exist yet.
        tell: called with how many of how many clips are written.

    Raises:
        SubmissionError: the runs do not fit together, lack what is needed, or `out` is there.
    """
    if out.exists():
        raise SubmissionError(f"expected a new folder for the study but {out} is there")
    opened = [RunFiles(folder) for folder in runs]
    makers = _methods(opened, wish.methods)
    usable, left_out = _usable_cases(opened[0], makers)
    count = cases_wanted(len(makers), wish.raters, wish.questions) if wish.cases is None else wish.cases
    cases = choose_cases(usable, count, wish.seed)
    planned = plan(list(makers), cases, raters=wish.raters, questions=wish.questions, seed=wish.seed)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with workroom(out) as room:
            folder = room / "study"
            media = MediaFolder(folder)
            questions = _Clips(opened[0], makers, cases, media, wish).questions(planned, tell)
            study = _document(opened[0], makers, planned, questions, media, left_out, wish)
            study.save(folder)
            os.rename(folder, out)
    except OSError as error:
        raise SubmissionError(f"cannot write the study: {words_and_place(error)}") from error
    return study


def _methods(runs: Sequence[RunFiles], wanted: Sequence[str] | None) -> dict[str, RunFiles]:
    """Each method with the run that has it; the same outputs in several runs count once."""
    first, found = runs[0].results, dict[str, RunFiles]()
    for run in runs:
        protocol = run.results.protocol
        if (protocol.name, protocol.version, protocol.case_ids) != (
            first.protocol.name,
            first.protocol.version,
            first.protocol.case_ids,
        ) or run.results.data.digest != first.data.digest:
            raise SubmissionError(
                f"expected runs on the same cases but {run.folder} ({protocol.name} v{protocol.version}) has others"
                f" than {runs[0].folder} ({first.protocol.name} v{first.protocol.version})"
            )
        for method in run.results.methods:
            if method.name == REFERENCE_ROW:
                continue
            known = found.setdefault(method.name, run)
            if _outputs(known, method.name) != _outputs(run, method.name):
                raise SubmissionError(
                    f"expected methods of different names but {method.name!r} of {run.folder} has other frames than"
                    f" that of {known.folder}; leave one out"
                )
    if wanted is None:
        return found
    for name in wanted:
        if name not in found:
            raise SubmissionError(unknown("method of the runs", name, found))
    return {name: found[name] for name in dict.fromkeys(wanted)}


def _outputs(run: RunFiles, name: str) -> list[str | None]:
    outputs = next(one.outputs for one in run.results.methods if one.name == name)
    if outputs is None:
        raise SubmissionError(f"expected results since schema 1.3 in {run.folder} but they do not say which frames")
    return outputs


def _usable_cases(first: RunFiles, makers: dict[str, RunFiles]) -> tuple[dict[str, tuple[str, str]], list[LeftOut]]:
    """Cases of which every method has frames, with their people; and the others."""
    people = {row.case_id: (row.cluster, row.source_cluster or row.cluster) for row in first.results.rows}
    usable, left_out = {}, []
    for case_id in first.results.protocol.case_ids:
        problem = next((found for name, run in makers.items() if (found := run.problem(name, case_id))), None)
        if problem is None:
            usable[case_id] = people.get(case_id, (case_id, case_id))
        else:
            left_out.append(LeftOut(case_id=case_id, reason=problem))
    if not usable:
        raise SubmissionError(
            f"expected cases of which all of {', '.join(makers)} have frames but there are none:"
            f" {left_out[0].case_id}: {left_out[0].reason}"
        )
    return usable, left_out


def _document(
    first: RunFiles,
    makers: dict[str, RunFiles],
    planned: Plan,
    questions: dict[Asked, Question],
    media: MediaFolder,
    left_out: list[LeftOut],
    wish: Wish,
) -> Study:
    results = first.results
    weights = {
        name: next(one.weights_sha256 for one in run.results.methods if one.name == name)
        for name, run in makers.items()
    }
    return Study(
        title=wish.title,
        seed=wish.seed,
        protocol=StudyProtocol(
            name=results.protocol.name,
            version=results.protocol.version,
            case_list_sha256=results.protocol.case_list_sha256,
            data_name=results.data.name,
            data_digest=results.data.digest,
        ),
        methods=[
            StudyMethod(
                name=name,
                weights_sha256=weights[name],
                run_fingerprint=run.results.fingerprint(),
                outputs_sha256=outputs_sha256(_outputs(run, name)),
            )
            for name, run in sorted(makers.items())
        ],
        media=media.found,
        questions=sorted(questions.values(), key=lambda one: int(one.id[1:])),
        forms=[[questions[one].id for one in form] for form in planned.forms],
        left_out=left_out,
    )


class _Clips:
    """Writes what questions show."""

    def __init__(
        self, first: RunFiles, makers: dict[str, RunFiles], cases: Sequence[str], media: MediaFolder, wish: Wish
    ) -> None:
        self._first, self._makers, self._cases, self._media, self._wish = first, makers, cases, media, wish
        self._size_px = first.results.protocol.size_px // 2 * 2  # yuv420p has even sides
        self._random = random.Random(wish.seed)
        self.source = lru_cache(_KEPT_INPUTS)(self._read_source)
        self.driver = lru_cache(_KEPT_INPUTS)(self._read_driver)

    def questions(self, planned: Plan, tell: Callable[[int, int], None]) -> dict[Asked, Question]:
        """Ids are drawn, so that they say nothing of what is asked."""
        asked = sorted(planned.questions, key=lambda one: (one.case_id, one.first, one.second, str(one.check)))
        numbers = list(range(1, len(asked) + 1))
        self._random.shuffle(numbers)
        sources = {case: self._media.add_picture(self.source(case)) for case in dict.fromkeys(o.case_id for o in asked)}
        clips: dict[tuple[str, str, str, str | None], tuple[str, str, str]] = {}
        found = {}
        for done, (one, number) in enumerate(zip(asked, numbers, strict=True), 1):
            key = (one.case_id, one.first, one.second, one.check)
            if key not in clips:
                clips[key] = self._clip(one)
            media, first, second = clips[key]
            expected: Choice | None = None
            if one.check is not None:
                expected = "same" if one.check == "identical" else "right" if one.swapped else "left"
            found[one] = Question(
                id=f"q{number}",
                kind=one.kind,
                case_id=one.case_id,
                media=media,
                source=sources[one.case_id],
                first=first,
                second=second,
                swapped=one.swapped,
                check=one.check,
                expected=expected,
            )
            tell(done, len(asked))
        return found

    def _clip(self, one: Asked) -> tuple[str, str, str]:
        """sha256 of a question's clip, and what its two outputs are called."""
        case = one.case_id
        if one.check is None:
            outputs = [self._output(name, case) for name in (one.first, one.second)]
            labels = one.first, one.second
        else:
            method = self._random.choice(sorted(self._makers))
            base = self._output(method, case)
            shown, labels = self._check_outputs(one, method, base)
            outputs = [Clip(frames, base.times_s, base.fps) for frames in shown]
        length = min(len(outputs[0].frames), len(outputs[1].frames))
        driver = self.driver(case)
        if len(driver) < length:
            raise SubmissionError(f"expected {length} frames of the driver of {case} but it has {len(driver)}")
        tiles = [frames[:length] for frames in (driver, outputs[0].frames, outputs[1].frames)]
        return self._media.add_clip(tiles, outputs[0].times_s[:length], outputs[0].fps), *labels

    def _check_outputs(self, one: Asked, method: str, base: Clip) -> tuple[list[np.ndarray], tuple[str, str]]:
        """The right answer first."""
        case, length = one.case_id, len(base.frames)
        if one.check == "identical":
            return [base.frames, base.frames], (method, method)
        if one.check == "wrong-driver":
            other, frames = self._most_different(case, "drivers", self.driver)
            return [self.driver(case)[:length], _repeated(frames, length)], ("driver", f"driver of {other}")
        other, frames = self._most_different(case, "sources", lambda name: self.source(name)[None])
        still = np.repeat(self.source(case)[None], length, axis=0)
        return [still, np.repeat(frames[:1], length, axis=0)], ("source", f"source of {other}")

    def _most_different(self, case: str, part: str, read: Callable[[str], np.ndarray]) -> tuple[str, np.ndarray]:
        """Another case's driver or source: of a few that are drawn, the one least like this case's."""
        own = self._first.content(part, case)
        others = [one for one in self._cases if self._first.content(part, one) != own]
        if not others:
            raise SubmissionError(f"expected cases of at least two {part} for attention checks but all have the same")
        first = read(case)[0].astype(np.int16)
        drawn = self._random.sample(others, min(_CANDIDATES, len(others)))
        far = max(drawn, key=lambda one: float(np.abs(read(one)[0].astype(np.int16) - first).mean()))
        return far, read(far)

    def _output(self, method: str, case: str) -> Clip:
        found = self._makers[method].output(method, case, self._wish.most_s)
        return Clip(of_size(found.frames, self._size_px), found.times_s, found.fps)

    def _read_source(self, case: str) -> np.ndarray:
        picture: np.ndarray = of_size(self._first.source(case)[None], self._size_px)[0]
        return picture

    def _read_driver(self, case: str) -> np.ndarray:
        return of_size(self._first.driver(case), self._size_px)


def _repeated(frames: np.ndarray, length: int) -> np.ndarray:
    """So many frames, forwards and backwards where there are not enough."""
    there_and_back = np.concatenate([frames, frames[-2:0:-1]]) if len(frames) > 2 else frames
    return there_and_back[np.arange(length) % len(there_and_back)]
