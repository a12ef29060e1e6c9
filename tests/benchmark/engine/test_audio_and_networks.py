"""What a run does with the sound of drivers, and with networks and packages that are not here."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.plan_pairs import plan_pairs
from benchmark.features.extractors import catalog as extractors
from benchmark.features.types.extractor import AudioExtractor, Compute
from benchmark.metrics import CARDS, CaseFeatures, CaseMetric, catalog
from benchmark.metrics.scores import CaseScore, mean_score, unscored
from benchmark.pairing.pair_list import Pair, PairList
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import CaseRow, Results
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.media.audio import read_audio, write_wave
from feed_dataset.core.media.video import Audio, read_video, write_video
from tests.benchmark import harness
from tests.benchmark.harness import make_plan, run_plan, tiny_protocol

RATE_HZ, FRAMES = 8_000, 9


def _loudness(case: CaseFeatures) -> CaseScore:
    """Mean of one value per frame of the driver."""
    if case.no_sound is not None:
        return unscored(case.no_sound, len(case.driver))
    assert case.fps == 25
    rows = case.sound["levels"][: len(case.driver), 0]
    return mean_score(rows, [None] * len(rows))


@pytest.fixture(autouse=True)
def a_metric_of_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    def levels(samples: np.ndarray) -> np.ndarray:
        per_frame = RATE_HZ // 25
        whole = len(samples) // per_frame * per_frame
        return np.abs(samples[:whole]).reshape(-1, per_frame).mean(axis=1, keepdims=True)

    extractor = AudioExtractor("levels", (), "1", RATE_HZ, lambda compute: levels)
    metric = replace(CARDS["l1"], id="loudness", needs=frozenset({"audio"}), features=("levels",))
    monkeypatch.setattr(extractors, "EXTRACTORS", {**extractors.EXTRACTORS, "levels": extractor})
    monkeypatch.setitem(CARDS, "loudness", metric)
    monkeypatch.setitem(catalog.ENTRIES, "loudness", CaseMetric(metric, _loudness))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three subjects; the sound of subject n has the level n / 10, and subject 3 has none."""
    for number in (1, 2, 3):
        pictures = np.stack([harness.picture(20 * number + 6 * t) for t in range(FRAMES)])
        tone = np.full(RATE_HZ, 0.1 * number, np.float32) * np.where(np.arange(RATE_HZ) % 40 < 20, 1, -1)
        path = tmp_path / "data" / f"ID_{number}" / "rotations_C.mp4"
        path.parent.mkdir(parents=True)
        write_video(path, pictures, Fraction(25), audio=Audio(tone.astype(np.float32), RATE_HZ) if number < 3 else None)
    return tmp_path / "data"


def rows_of(data: Path, out: Path, frames_per_case: int) -> dict[str, CaseRow]:
    changes = {"metrics": ("loudness",), "frames_per_case": frames_per_case}
    plan = make_plan(data, out, protocol=tiny_protocol().model_copy(update=changes), methods=("copy-source",))
    results: Results = run_plan(plan).results
    return {row.cluster: row for row in results.rows}


def test_a_whole_driver_brings_its_sound(data: Path, tmp_path: Path) -> None:
    rows = rows_of(data, tmp_path / "out", frames_per_case=FRAMES)
    assert rows["ID_1"].value == pytest.approx(0.1, abs=0.02)
    assert rows["ID_2"].value == pytest.approx(0.2, abs=0.02)
    assert (rows["ID_3"].value, rows["ID_3"].failures[0].reason) == (None, "no sound stream")


def test_thinned_frames_have_no_sound_and_say_so(data: Path, tmp_path: Path) -> None:
    for row in rows_of(data, tmp_path / "out", frames_per_case=FRAMES - 2).values():
        assert (row.value, row.frames_scored) == (None, 0)
        assert row.failures[0].reason.startswith("driver: frames were thinned")


def test_a_package_that_is_not_here_is_named(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needy = replace(extractors.EXTRACTORS["levels"], packages=("no_such_package",))
    monkeypatch.setattr(extractors, "EXTRACTORS", {**extractors.EXTRACTORS, "levels": needy})
    protocol = tiny_protocol().model_copy(update={"metrics": ("loudness", "csim[dlib]")})
    plan = make_plan(data, tmp_path / "out", protocol=protocol, methods=("copy-source",))
    results = run_plan(plan).results
    loudness, csim = (results.aggregate("copy-source", name) for name in ("loudness", "csim[dlib]"))
    assert loudness is not None and loudness.not_computed is not None
    assert "no_such_package" in loudness.not_computed.needs
    assert csim is not None and csim.value is not None


def test_workers_compute_what_the_results_will_say(data: Path, tmp_path: Path) -> None:
    plan = replace(make_plan(data, tmp_path / "out"), compute=Compute("cpu", "bfloat16"))
    with pytest.raises(BenchmarkError, match="bfloat16"):
        run_plan(plan, SerialExecutor(harness.tools))
    results = run_plan(plan, SerialExecutor(lambda: harness.tools(plan.compute))).results
    assert results.compute is not None
    assert results.compute.precision == "bfloat16"


@pytest.mark.parametrize("is_given", [False, True])
def test_the_row_of_the_references_hears_their_own_sound(data: Path, tmp_path: Path, is_given: bool) -> None:
    """Whether the generated sound is in the videos or beside them: what was done to it must show against the truth."""
    made = tmp_path / "made"
    made.mkdir()
    tone = np.full(RATE_HZ, 0.5, np.float32) * np.where(np.arange(RATE_HZ) % 40 < 20, 1, -1)
    write_wave(made / "a.wav", tone.astype(np.float32), RATE_HZ)
    pictures = read_video(data / "ID_1" / "rotations_C.mp4").frames
    write_video(made / "a.mp4", pictures, Fraction(25), audio=read_audio(made / "a.wav"))
    pair = Pair(
        "a",
        cluster="a",
        source_cluster="a",
        generated=made / "a.mp4",
        reference=data / "ID_1" / "rotations_C.mp4",
        audio=made / "a.wav" if is_given else None,
    )
    pairs = PairList((pair,), has_audio=is_given)
    plan = plan_pairs(pairs, [CARDS["loudness"]], harness.NETWORKS, tmp_path / "out", method="mine", data="r")
    values = {row.method: row.value for row in run_plan(plan).results.rows}
    assert values == {"mine": pytest.approx(0.5, abs=0.05), "reference": pytest.approx(0.1, abs=0.02)}
