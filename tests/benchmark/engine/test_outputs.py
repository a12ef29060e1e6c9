"""Where a method's frames come from: what is kept, what is made again, what fails and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from baselines.bounds.copy_source import CopySource
from baselines.interface.method import Chunk, Driver, Method
from baselines.interface.method import Generated as AllAtOnce
from baselines.registry import resolve
from benchmark.engine.outputs import AudioFile, CaseFailed, CaseInputs, Existing, Generated
from benchmark.engine.predictions import PredictionPath, load_latents, load_record, save
from benchmark.engine.tools import Tools
from benchmark.features.types.sequence import FrameSequence
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.array_store import frames_sha256
from feed_dataset.core.media.audio import write_wave
from feed_dataset.core.media.lossless import LosslessWriter, read_lossless
from feed_dataset.core.media.types import Audio
from tests.benchmark import harness

RNG = np.random.default_rng(1)
FRAMES = RNG.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
DRIVER = FrameSequence.from_frames(FRAMES, Fraction(25))


class Counting(CopySource):
    """copy-source that counts its calls."""

    calls: ClassVar[int] = 0

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        type(self).calls += 1
        yield from super().drive(prepared, driver)  # type: ignore[misc]


class Broken(CopySource):
    """Fails as foreign code does, after its first frame."""

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        yield Chunk(prepared[None])
        raise RuntimeError("no lips\n  in this face")


class Short(CopySource):
    """Loses a frame without a word."""

    def drive(self, prepared: np.ndarray, driver: Driver) -> AllAtOnce:  # type: ignore[override]
        assert driver.frames is not None
        return AllAtOnce(driver.frames[:-1])


def inputs(**changes: object) -> CaseInputs:
    source, driver = (FrameSequence.from_frames(part, Fraction(25)) for part in (FRAMES[:1], FRAMES))
    return replace(CaseInputs("case", source, driver, "no audio stream"), **changes)  # type: ignore[arg-type]


def tools(method: Method) -> Tools:
    return Tools(harness.models(), lambda spec, device: method)


@pytest.fixture
def copy(tmp_path: Path) -> Generated:
    Counting.calls = 0
    return Generated(resolve("copy-source"), tmp_path / "out", "missing", CopySource.capabilities, 1, None)


def test_video_is_lossless_and_deterministic(tmp_path: Path) -> None:
    for name in ("a.mkv", "b.mkv"):
        with LosslessWriter(tmp_path / name, Fraction(25)) as writer:
            writer.write(FRAMES[:2])
            writer.write(FRAMES[2:])
    assert np.array_equal(read_lossless(tmp_path / "a.mkv"), FRAMES)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_predictions_round_trip_however_they_come_in_chunks(tmp_path: Path) -> None:
    z = np.random.default_rng(2).normal(size=(5, 7)).astype(np.float32)
    at = PredictionPath(tmp_path, "case")
    made = save(at, [Chunk(FRAMES[:2], z[:2]), Chunk(FRAMES[2:], z[2:])], DRIVER, input_hash="h")
    assert load_record(at) == made.record
    assert made.record.frames_sha256 == frames_sha256(FRAMES)
    latents = load_latents(at)
    assert latents is not None and np.array_equal(latents, z)
    assert made.frames is not None and np.array_equal(made.frames, FRAMES)


@pytest.mark.parametrize("name", ["video", "latents", "record"])
@pytest.mark.parametrize("damage", ["delete", "truncate"])
def test_incomplete_predictions_are_none(tmp_path: Path, name: str, damage: str) -> None:
    at = PredictionPath(tmp_path, "case")
    save(at, [Chunk(FRAMES, np.zeros((5, 3), np.float32))], DRIVER, input_hash="h")
    path: Path = getattr(at, name)
    if damage == "delete":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9])
    assert load_record(at) is None


def test_a_second_run_keeps_what_is_there(copy: Generated) -> None:
    assert copy.find(inputs()) is None
    first = copy.make(inputs(), tools(Counting()))
    found = copy.find(inputs())
    assert found is not None
    assert found.frames.content_id == first.frames.content_id
    copy.make(inputs(), tools(Counting()))
    assert Counting.calls == 1
    replace(copy, overwrite="always").make(inputs(), tools(Counting()))
    assert Counting.calls == 2


def test_other_weights_code_or_inputs_make_it_again_unless_never(
    copy: Generated, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.make(inputs(), tools(Counting()))
    edited = replace(copy, spec=replace(copy.spec, code_sha256="e" * 64))
    audio_too = inputs(gives=frozenset({"image", "audio"}))
    assert edited.find(inputs()) is None and copy.find(audio_too) is None
    monkeypatch.setattr(Counting, "weights_sha256", property(lambda self: "f" * 64))
    changed = replace(copy, weights_sha256="f" * 64)
    with pytest.raises(BenchmarkError, match="--overwrite missing"):
        replace(changed, overwrite="never").make(inputs(), tools(Counting()))
    changed.make(inputs(), tools(Counting()))
    assert Counting.calls == 2


def test_weights_that_change_during_a_run_end_it(copy: Generated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counting, "weights_sha256", property(lambda self: "f" * 64))
    with pytest.raises(BenchmarkError, match="weights of copy-source changed"):
        copy.make(inputs(), tools(Counting()))


def test_never_still_makes_what_is_absent(copy: Generated) -> None:
    assert replace(copy, overwrite="never").make(inputs(), tools(Counting())).frames.frame_count == 5


@pytest.mark.parametrize(
    ("method", "reason"),
    [(Broken(), "in test_outputs.py:50: no lips in this face"), (Short(), "expected 5 generated frames but got 4")],
)
def test_a_failing_method_fails_its_case_and_leaves_nothing(copy: Generated, method: Method, reason: str) -> None:
    with pytest.raises(Exception, match=re.escape(reason)):
        copy.make(inputs(), tools(method))
    assert list((copy.folder).glob("*.mkv")) == [] and copy.find(inputs()) is None


def test_a_method_sees_only_what_the_protocol_gives(copy: Generated) -> None:
    seen: list[Driver] = []

    class Looking(CopySource):
        def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
            seen.append(driver)
            yield Chunk(np.repeat(prepared[None], driver.frame_count, axis=0))

    copy.make(inputs(gives=frozenset()), tools(Looking()))
    assert (seen[0].frames, seen[0].audio, seen[0].pose) == (None, None, None)
    assert seen[0].first_frame is not None and seen[0].frame_count == 5


class Spy(CopySource):
    """Takes along everything that it can reach from what it is handed."""

    def __init__(self) -> None:
        self.found: list[np.ndarray] = []

    def prepare(self, source: np.ndarray) -> np.ndarray:
        self._collect(source)
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        for field in fields(driver):
            self._collect(getattr(driver, field.name))
        yield Chunk(np.repeat(prepared[None], driver.frame_count, axis=0))

    def _collect(self, value: object) -> None:
        while isinstance(value, np.ndarray):
            self.found.append(value)
            value = value.base
        if isinstance(value, memoryview | bytes | bytearray):
            self.found.append(np.frombuffer(value, np.uint8))
        if isinstance(value, Audio):
            self._collect(value.samples)


def test_a_method_that_is_driven_by_sound_cannot_reach_later_frames(copy: Generated, tmp_path: Path) -> None:
    """Neither in the driver's fields nor in the memory behind them, nor behind the source's."""
    write_wave(tmp_path / "speech.wav", np.zeros(3200, np.float32), 16000)
    spy = Spy()
    own_first_frame = DRIVER.first()
    copy.make(
        inputs(gives=frozenset({"audio"}), audio=AudioFile(tmp_path / "speech.wav"), source=own_first_frame), tools(spy)
    )
    assert any(np.array_equal(one, FRAMES[0]) for one in spy.found)
    for later in FRAMES[1:]:
        assert not any(later.tobytes() in one.tobytes() for one in spy.found)


def test_finished_frames_must_have_the_drivers_size(tmp_path: Path) -> None:
    with LosslessWriter(tmp_path / "case.mkv", Fraction(25)) as writer:
        writer.write(FRAMES[:, :16, :16])
    existing = Existing({"case": tmp_path / "case.mkv"}, like_driver=True)
    with pytest.raises(CaseFailed, match="expected frames of 32x32 px but got 16x16"):
        existing.make(inputs(), tools(Counting()))
    with pytest.raises(CaseFailed, match="no generated video with this id"):
        existing.make(inputs(case_id="other"), tools(Counting()))
