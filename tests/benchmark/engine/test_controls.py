"""Rows that a method has beside its own where sound drives: other sound, none, and a head that is held."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from baselines.interface.driver import Driver
from baselines.interface.method import Capabilities
from benchmark.engine.batch import stage
from benchmark.engine.controls import (
    controlled_audio,
    controls_of,
    held_head,
    other_sounds,
)
from benchmark.engine.plan import Plan
from benchmark.results.errors import BenchmarkError
from benchmark.results.reserved import CONTROLS, is_control_row
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.lossless import read_lossless
from feed_dataset.core.media.types import Audio
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness

RATE_HZ, FRAMES = 8_000, 9
LEVELS = {1: 0.2, 2: 0.4, 3: 0.6}

_METHOD = '''
"""Frames as bright as the sound is loud; the red channel says how far the head is turned away from its first turn."""
import numpy as np
import baselines


class Hears(baselines.Method):
    name = "hears"
    capabilities = baselines.Capabilities(drives={"audio", "pose"}, licence="MIT", seeded=True)

    def prepare(self, source):
        return source

    def drive(self, prepared, driver):
        assert driver.frames is None and driver.audio is not None
        frames = np.zeros((driver.frame_count, driver.size_px, driver.size_px, 3), np.uint8)
        frames[:] = round(200 * float(np.abs(driver.audio.samples).mean()))
        if driver.pose is not None:
            frames[..., 0] = 250 if np.ptp(driver.pose, axis=0).max() == 0 else 100
        return frames


class Deaf(Hears):
    name = "deaf"
    capabilities = baselines.Capabilities(drives=set(), licence="MIT")

    def drive(self, prepared, driver):
        return np.repeat(prepared[None], driver.frame_count, axis=0)


class Fake(Hears):
    name = "mine+silent-audio"
'''


def write(path: Path, number: int, level: float) -> None:
    frames = np.stack([harness.picture(20 * number + 6 * t) for t in range(FRAMES)])
    tone = level * np.where(np.arange(RATE_HZ * FRAMES // 25) % 40 < 20, 1, -1).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, frames, Fraction(25), audio=Audio(tone, RATE_HZ))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three subjects, each with a sound of its own level."""
    for number, level in LEVELS.items():
        write(tmp_path / "data" / f"ID_{number}" / "rotations_C.mp4", number, level)
    (tmp_path / "methods.py").write_text(_METHOD)
    return tmp_path / "data"


def planned(data: Path, out: Path, name: str, gives: tuple[str, ...] = ("audio",), limit: int | None = None) -> Plan:
    protocol = harness.tiny_protocol("self").model_copy(
        update={"gives": gives, "metrics": ("l1",), "frames_per_case": 50}
    )
    return harness.make_plan(
        data, out, protocol=protocol, methods=(f"{data.parent / 'methods.py'}:{name}",), limit=limit
    )


def test_a_run_has_all_rows_and_each_hears_what_it_should(data: Path, tmp_path: Path) -> None:
    plan = planned(data, tmp_path / "out", "Hears")
    names = [method.name for method in plan.methods]
    assert names == ["hears", "hears+shuffled-audio", "hears+silent-audio", "hears+still-head", "reference"]
    results = harness.run_plan(plan).results
    assert {row.method for row in results.rows} == set(names) - {"reference"}
    heard: dict[str, dict[str, np.ndarray]] = {}
    for case in plan.cases:
        for name in names[:-1]:
            frame = read_lossless(plan.predictions / name / f"{case.id}.mkv")[0, 0, 0]
            heard.setdefault(name, {})[case.cluster] = frame
    own = {person: int(frame[1]) for person, frame in heard["hears"].items()}
    other = {person: int(frame[1]) for person, frame in heard["hears+shuffled-audio"].items()}
    assert all(abs(own[f"ID_{n}"] - 200 * level) < 12 for n, level in LEVELS.items())
    assert sorted(other.values()) == pytest.approx(sorted(own.values()), abs=6)  # everybody's sound, once
    assert all(abs(own[person] - other[person]) > 20 for person in own)  # but nobody's own
    assert {int(frame[1]) for frame in heard["hears+silent-audio"].values()} == {0}
    assert {int(frame[0]) for frame in heard["hears+still-head"].values()} == {250}
    assert {person: int(frame[1]) for person, frame in heard["hears+still-head"].items()} == own


def test_other_sounds_do_not_depend_on_how_many_cases_are_run(data: Path, tmp_path: Path) -> None:
    whole, one = planned(data, tmp_path / "out", "Hears"), planned(data, tmp_path / "out", "Hears", limit=1)
    assert one.cases == whole.cases[:1] and one.cases[0].other_audio is not None


def test_other_rows_have_no_controls(data: Path, tmp_path: Path) -> None:
    for name, gives in (("Deaf", ("audio",)), ("Hears", ("image", "audio"))):
        plan = planned(data, tmp_path / "out", name, gives)
        assert not any(is_control_row(method.name) for method in plan.methods)
        assert all(case.other_audio is None for case in plan.cases) == ("image" in gives)


def test_names_of_controls_are_reserved(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"the name 'mine\+silent-audio' is reserved for a control"):
        planned(data, tmp_path / "out", "Fake")


def test_another_sound_to_the_same_pictures_makes_frames_again(data: Path, tmp_path: Path) -> None:
    def brightness() -> int:
        plan = planned(data, tmp_path / "out", "Hears", limit=1)
        harness.run_plan(plan)
        return int(read_lossless(plan.predictions / "hears" / f"{plan.cases[0].id}.mkv")[0, 0, 0, 1])

    first = brightness()
    assert brightness() == first
    write(data / "ID_1" / "rotations_C.mp4", 1, level=0.9)
    assert brightness() > first + 50


def test_a_command_hears_it_too_and_gets_no_frame(data: Path, tmp_path: Path) -> None:
    plan = planned(data, tmp_path / "out", "Deaf")
    heard = {}
    for control in (None, *CONTROLS[:2]):
        folder = tmp_path / "staged"  # one folder for all: nothing of the former remains
        (folder / "drivers").mkdir(parents=True, exist_ok=True)
        (folder / "drivers" / "ID_1-rotations_C.mp4").write_bytes(b"left by another protocol")
        with Progress(Console(file=io.StringIO()), quiet=True) as progress:
            batch, failed = stage(plan, folder, SerialExecutor(harness.tools), progress, control)
        assert not failed and all(case.driver is None for case in batch.cases)
        assert list((folder / "drivers").iterdir()) == []
        sounds = [read_audio(folder / str(case.audio)) for case in batch.cases]
        heard[control] = [float(np.abs(sound.samples).mean()) for sound in sounds if sound is not None]
    assert heard["silent-audio"] == [0.0] * 3
    assert sorted(heard["shuffled-audio"]) == pytest.approx(sorted(heard[None]), abs=0.03)
    assert all(abs(a - b) > 0.1 for a, b in zip(heard["shuffled-audio"], heard[None], strict=True))


@pytest.mark.parametrize(
    ("drives", "is_command", "controls", "lack"),
    [
        ({"audio", "pose"}, False, CONTROLS, None),
        ({"audio"}, False, CONTROLS[:2], "is not driven by head poses"),
        ({"audio", "pose"}, True, CONTROLS[:2], "is a command"),
        ({"image"}, False, (), None),
    ],
)
def test_which_controls_a_method_has(
    drives: set[str], is_command: bool, controls: tuple[str, ...], lack: str | None
) -> None:
    found, why = controls_of(Capabilities(drives=drives, licence="MIT"), {"audio"}, is_command=is_command)
    assert found == controls and (why is None if lack is None else lack in str(why))


def test_other_sounds_are_other_peoples_where_there_are_any(data: Path, tmp_path: Path) -> None:
    cases = planned(data, tmp_path / "out", "Hears").cases
    people = {case.driver.path: case.cluster for case in cases if case.driver is not None}
    assert all(case.driver is not None and people[case.other_audio] != case.cluster for case in cases)  # type: ignore[index]
    assert other_sounds([], 0) == {}


def test_silence_and_other_sound_are_as_long_as_the_drivers() -> None:
    own = Audio(np.full(1000, 0.5, np.float32), 8000, 0.25)
    other = Audio(np.arange(300, dtype=np.float32) / 300, 16_000)
    silent, shuffled = (controlled_audio(own, one, other) for one in ("silent-audio", "shuffled-audio"))  # type: ignore[arg-type]
    assert silent.samples.shape == (1000,) and not silent.samples.any()
    assert shuffled.samples.shape == (2000,) and shuffled.sample_rate_hz == 16_000
    assert np.array_equal(shuffled.samples[300:600], other.samples)
    assert silent.start_s == shuffled.start_s == 0.25
    assert controlled_audio(own, "still-head", None) is own


def test_a_held_head_has_one_pose() -> None:
    driver = Driver(None, Fraction(25), frame_count=4, size_px=8)
    held = held_head(driver, np.eye(3)).pose
    assert held is not None and held.shape == (4, 3, 3) and (held == np.eye(3)).all()
