"""Previews are what the run's report plays, for browsers; nothing else may lie among them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmark.results.schema import Results
from feed_dataset.core.media.video import probe, read_video
from leaderboard.bundle.check import check_bundle
from leaderboard.bundle.clips import MAX_CLIP_BYTES, make_clips
from leaderboard.bundle.pack import pack
from leaderboard.errors import SubmissionError
from leaderboard.rules.known import KnownProtocol
from tests.leaderboard.bundle.forge import members_of, written

Known = Mapping[str, KnownProtocol]


@pytest.fixture(scope="module")
def with_clips(cross_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(cross_run, tmp_path_factory.mktemp("clips"), clips=make_clips).path


def test_every_shown_case_has_its_inputs_and_outputs_at_one_rate(
    with_clips: Path, known: Known, tmp_path: Path
) -> None:
    checked = check_bundle(with_clips, known=known)
    assert checked.problems == () and checked.clips
    by_case: dict[str, dict[str, bytes]] = {}
    for name, content in members_of(with_clips).items():
        if name.startswith("clips/"):
            _, folder, file = name.split("/")
            by_case.setdefault(file, {})[folder] = content
    for clips in by_case.values():
        assert {"input-driver", "input-source", "keypoint-warp"} <= clips.keys()
        rates = set()
        for folder, content in clips.items():
            path = tmp_path / f"{folder}.mp4"
            path.write_bytes(content)
            rates.add(probe(path).fps)
        assert len(rates) == 1
        frames = [len(read_video(tmp_path / f"{one}.mp4").frames) for one in ("input-driver", "keypoint-warp")]
        assert frames[0] == frames[1]


def test_the_same_run_gives_the_same_previews(with_clips: Path, cross_run: Path, tmp_path: Path) -> None:
    assert pack(cross_run, tmp_path, clips=make_clips).path.name == with_clips.name


FORGED = {
    "of nobody": ("clips/nobody/{case}.mp4", b"\0\0\0\x20ftypisom", "a preview of a method and case"),
    "of no case": ("clips/keypoint-warp/other.mp4", b"\0\0\0\x20ftypisom", "a preview of a method and case"),
    "a page": ("clips/keypoint-warp/{case}.mp4", b"<html><script>alert(1)</script>", "expected an MP4 file"),
    "a script": ("clips/keypoint-warp/{case}.js", b"alert(1)", "expected a member that bundles have"),
    "a film": ("clips/keypoint-warp/{case}.mp4", b"\0\0\0\x20ftypisom" * (MAX_CLIP_BYTES // 12 + 1), "at most"),
}


@pytest.mark.parametrize("name", FORGED)
def test_other_files_are_refused(name: str, with_clips: Path, known: Known, tmp_path: Path) -> None:
    place, content, expected = FORGED[name]
    members = members_of(with_clips)
    case = Results.model_validate(json.loads(members["results.json"])).protocol.case_ids[0]
    members[place.format(case=case)] = content
    checked = check_bundle(written(tmp_path, members), known=known)
    assert checked.verdict == "rejected" and any(expected in str(one) for one in checked.problems)


def test_places_outside_the_run_are_not_read(cross_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(cross_run, tmp_path / "run")
    shown = json.loads((run / "showcase.json").read_text())
    outside = tmp_path / "outside.mkv"
    shutil.copyfile(next((run / "clips").glob("*.mkv")), outside)
    for case in shown["cases"]:
        case["driver"] = "../outside.mkv"
    (run / "showcase.json").write_text(json.dumps(shown))
    (tmp_path / "made").mkdir()
    names = make_clips(run, Results.load(run / "results.json"), tmp_path / "made")
    assert names and not any("input-driver" in name for name in names)


def test_a_damaged_list_of_cases_is_said(cross_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(cross_run, tmp_path / "run")
    (run / "showcase.json").write_text('{"cases": [{"case_id": 7}]}')
    with pytest.raises(SubmissionError, match="expected the cases that a report shows but got case_id"):
        make_clips(run, Results.load(run / "results.json"), tmp_path)
