"""An official repository as a method: from a staged batch to finished frames, through a stand-in of its script."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baselines.interface.errors import MethodUnavailable
from baselines.official.method import OfficialMethod
from baselines.official.settings import CONFIG_VARIABLE
from feed_dataset.core.media.lossless import read_lossless
from tests.baselines.official.batches import SIDE, make_batch
from tests.baselines.official.stand_in import stand_in, starts


def test_every_case_comes_back_at_the_side_of_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    batch = make_batch(tmp_path / "staged inputs")
    made = method.generate(batch, tmp_path / "made here")
    assert [one.reason for one in made] == [None, None]
    frames = [read_lossless(one.frames) for one in made if one.frames is not None]
    assert [one.shape for one in frames] == [(6, SIDE, SIDE, 3)] * 2
    assert not np.array_equal(frames[0], frames[1])  # their drivers differ
    assert starts(tmp_path) == 2


def test_absolute_motion_makes_all_drivers_of_a_source_in_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm-absolute")
    batch = make_batch(tmp_path / "in", cases=3)
    made = method.generate(batch, tmp_path / "out")
    assert starts(tmp_path) == 1
    joined = [read_lossless(one.frames) for one in made if one.frames is not None]
    alone = stand_in(tmp_path / "alone", monkeypatch, "fomm-absolute")
    for number, case in enumerate(batch.cases):
        (one,) = alone.generate(type(batch)(batch.folder, (case,)), tmp_path / f"out {number}")
        assert one.frames is not None
        difference = np.abs(read_lossless(one.frames).astype(int) - joined[number])
        assert difference.mean() < 2.0  # its video's codec saw other neighbours


def test_a_method_that_is_not_set_up_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path))
    with pytest.raises(MethodUnavailable, match=r"fomm is not set up: get https://github\.com/.* at commit c027484"):
        OfficialMethod("fomm").generate(make_batch(tmp_path / "in"), tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"<!DOCTYPE html><html>Quota exceeded",
            r"of fomm but it is a web page \(35 bytes\), not weights",
        ),
        (b"version https://git-lfs.github.com/spec/v1", "but it is a pointer of Git LFS"),
        (None, "but it is missing; type: python -m baselines doctor fomm"),
    ],
)
def test_nothing_is_started_without_weights(
    content: bytes | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    weights = tmp_path / "checkpoints" / "vox-cpk.pth.tar"
    weights.unlink() if content is None else weights.write_bytes(content)
    with pytest.raises(MethodUnavailable, match=reason):
        method.generate(make_batch(tmp_path / "in"), tmp_path / "out")
    assert starts(tmp_path) == 0


def test_a_run_that_was_cut_off_makes_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    batch = make_batch(tmp_path / "in")
    first = method.generate(batch, tmp_path / "out")
    assert first[1].frames is not None
    first[1].frames.unlink()
    again = method.generate(batch, tmp_path / "out")
    assert starts(tmp_path) == 3
    assert [one.reason for one in again] == [None, None]


def test_frames_of_other_inputs_or_another_seed_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    method.generate(make_batch(tmp_path / "in", cases=1), tmp_path / "out")
    method.generate(make_batch(tmp_path / "other", cases=1, still=True), tmp_path / "out")
    assert starts(tmp_path) == 2
    method.generate(make_batch(tmp_path / "third", cases=1, still=True), tmp_path / "out", seed=1)
    assert starts(tmp_path) == 3


@pytest.mark.parametrize(
    ("method", "lossless", "expected"),
    [
        ("fomm", True, True),  # recorded from its writer
        ("fomm", False, False),
        ("x-portrait", True, True),
        ("echomimic", True, False),  # its writer cannot be recorded
        ("hyperreenact", False, True),  # PNG
        ("pc-avs", True, False),  # JPEG
    ],
)
def test_the_card_says_whether_a_codec_has_touched_the_frames(
    method: str, lossless: bool, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stand_in(tmp_path, monkeypatch, method, lossless=lossless).capabilities.lossless is expected
