"""A run as one file: the same every time, and everything that it says can be computed from it."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmark.features.scored import SCORED_FILE
from benchmark.results.schema import close
from leaderboard.bundle.check import check_bundle
from leaderboard.bundle.pack import pack
from leaderboard.errors import SubmissionError
from leaderboard.rules.known import KnownProtocol

Known = Mapping[str, KnownProtocol]


def test_the_same_run_gives_the_same_bytes(cross_run: Path, cross_bundle: Path, tmp_path: Path) -> None:
    again = pack(cross_run, tmp_path)
    assert again.path.read_bytes() == cross_bundle.read_bytes()
    assert again.path.name == f"{again.sha256}.bundle.zip" == cross_bundle.name
    assert [path.name for path in tmp_path.iterdir()] == [again.path.name], "nothing else is left behind"


def test_any_reader_of_zip_files_opens_it(cross_bundle: Path) -> None:
    with zipfile.ZipFile(cross_bundle) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert names[:3] == ["manifest.json", "features/dlib.safetensors", "features/index.json"]
    assert {"results.json", "rows.parquet", "features/times.safetensors"} <= set(names)


@pytest.mark.parametrize("task", ["cross", "self"])
def test_every_number_follows_from_its_features(task: str, known: Known, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(f"{task}_bundle")
    checked = check_bundle(path, known=known)
    assert checked.problems == ()
    assert checked.verdict == "recomputed" and set(checked.levels.values()) == {"recomputed"}
    assert {"csim[dlib]", "fd[dlib]", "expression_transfer[mesh468]"} <= checked.levels.keys()
    assert checked.bundle_sha256 == path.name.removesuffix(".bundle.zip")
    assert checked.submission is not None
    for aggregate in checked.submission.aggregates:
        stated = checked.submission.results.aggregate(aggregate.method, aggregate.metric)
        assert stated is not None and close(stated.value, aggregate.value)


def test_a_folder_without_the_list_of_what_was_scored_is_packed_without_features(
    cross_run: Path, known: Known, tmp_path: Path
) -> None:
    run = shutil.copytree(cross_run, tmp_path / "run")
    (run / SCORED_FILE).unlink()
    checked = check_bundle(pack(run, tmp_path / "out").path, known=known)
    assert checked.problems == () and checked.verdict == "self-reported"
    assert set(checked.levels.values()) == {"self-reported"}


def test_features_that_are_gone_are_not_left_out_without_a_word(cross_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(cross_run, tmp_path / "run")
    next((run / "features" / "dlib").iterdir()).unlink()
    with pytest.raises(SubmissionError, match="run again"):
        pack(run, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match=r"expected the folder of a run but .* has no results\.json"):
        pack(tmp_path, tmp_path / "out")
