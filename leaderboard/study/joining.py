"""What a study found beside the numbers of a run: UMTN and UAPP in a results file."""

from __future__ import annotations

from pathlib import Path

from benchmark.results.errors import ResultsError
from benchmark.results.preferences import PreferenceRow, StudyRecord
from benchmark.results.schema import REFERENCE_ROW, SCHEMA_VERSION, Results
from feed_dataset.core.jobs.array_store import key_of
from leaderboard.errors import SubmissionError
from leaderboard.study.document import Study
from leaderboard.study.score import KindScore, StudyScore


def join(results_path: Path, study: Study, score: StudyScore, out: Path) -> Results:
    """Write results with what people preferred; both kinds of questions that have votes.

    The frames that raters saw must be those that the results are of: content ids are compared.

    Raises:
        SubmissionError: the results cannot be read, the study is of other cases or other frames, or nothing counts.
    """
    try:
        results = Results.load(results_path)
    except ResultsError as error:
        raise SubmissionError(str(error)) from error
    if study.protocol.case_list_sha256 != results.protocol.case_list_sha256:
        raise SubmissionError(
            f"expected a study on the cases of {results_path} ({results.protocol.name}) but it is on others"
            f" ({study.protocol.name} v{study.protocol.version})"
        )
    _check_frames(results, study, results_path)
    records = [_record(study, score, one) for one in score.kinds if one.votes]
    if not records:
        raise SubmissionError("expected answers that count but there are none; see study score")
    content = results.model_copy(update={"studies": records, "schema_version": SCHEMA_VERSION})
    if not results.clusters_sources:
        raise SubmissionError(f"expected results since schema 1.2 but got {results.schema_version}; run it again")
    joined = Results.model_validate(content.model_dump())
    joined.save(out)
    return joined


def outputs_sha256(contents: list[str | None]) -> str:
    """One hash of the frames of all cases of a method."""
    return key_of("outputs", contents)


def _check_frames(results: Results, study: Study, path: Path) -> None:
    own = {one.name: one.outputs for one in results.methods if one.name != REFERENCE_ROW}
    shared = [one for one in study.methods if one.name in own]
    if not shared:
        raise SubmissionError(f"expected methods of {path} in the study but it has {', '.join(study.method_names)}")
    for one in shared:
        outputs = own[one.name]
        if outputs is None or outputs_sha256(outputs) != one.outputs_sha256:
            raise SubmissionError(
                f"expected the frames that raters saw but {one.name} of {path} has others; build a study from this run"
            )


def _record(study: Study, score: StudyScore, kind: KindScore) -> StudyRecord:
    rows = [
        PreferenceRow(
            method=one.method,
            votes=one.votes,
            percent=one.percent.value,
            ci_low=one.percent.low,
            ci_high=one.percent.high,
            win_percent=one.win_percent.value,
        )
        for one in kind.methods
        if one.percent is not None and one.win_percent is not None
    ]
    return StudyRecord(
        kind=kind.kind,
        study_digest=score.study_digest,
        answers_digest=score.answers_digest,
        case_list_sha256=study.protocol.case_list_sha256,
        raters=kind.raters,
        cases=kind.items,
        votes=kind.votes,
        ties=kind.ties,
        excluded=sum(one.answers for one in score.excluded),
        rows=rows,
        tiers=kind.tiers,
        no_rank_because=kind.no_rank_because,
        alpha=None if kind.agreement.alpha is None else kind.agreement.alpha.value,
    )
