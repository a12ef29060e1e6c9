"""Sequences of a corpus: the first seconds of a video with their own sound, and no more of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.inputs import Crop, Input
from benchmark.engine.outputs import AudioFile
from benchmark.engine.plan import Plan
from benchmark.engine.plan_protocol import plan_protocol
from benchmark.engine.task import CaseTask
from benchmark.engine.work import CaseWork, TaskSettings
from benchmark.features.audio import audio_id
from benchmark.metrics import cards_of
from benchmark.protocols.cases import build_cases
from benchmark.protocols.corpora import open_corpora
from benchmark.protocols.protocol import Protocol, load
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.thinning import plan_frames
from feed_dataset.core.media.video import Audio, write_video
from tests.benchmark import harness

RATE_HZ, FPS = 8_000, 25
NAMES = ("WDA_AnnaOne0_000", "WDA_AnnaOne1_000", "WDA_BenTwo0_000", "RD_Radio1_000")


def write_sequence(path: Path, frames: int) -> None:
    """A clip whose sound is quiet in the first second and loud after it."""
    samples = np.full(frames * RATE_HZ // FPS, 0.5, np.float32)
    samples[:RATE_HZ] = 0.05
    pictures = np.stack([harness.picture(60 + 2 * (t % 20), 64) for t in range(frames)])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, pictures, Fraction(FPS), audio=Audio(samples, RATE_HZ))


@pytest.fixture(scope="module")
def hdtf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hdtf")
    for name in NAMES:
        write_sequence(root / f"{name}.mp4", frames=20 if name.startswith("RD") else 40)
    return root


def protocol(**sequences: object) -> Protocol:
    content = load("paper-table5-hdtf").model_dump()
    content["sequences"] |= {"sequences": 4, "shortest_s": 1.0, "longest_s": 1.2, **sequences}
    return Protocol.model_validate(content | {"size_px": 64, "embed_every": 2, "metrics": ("psnr", "csim[dlib]")})


def plan(root: Path, out: Path, one: Protocol) -> Plan:
    from baselines.registry import resolve

    copies = open_corpora({"hdtf": root})
    return plan_protocol(one, copies, [resolve("copy-source")], cards_of(one.metrics), lambda: harness.NETWORKS, out)


def test_people_take_turns(hdtf: Path) -> None:
    cases = build_cases(protocol(sequences=3), open_corpora({"hdtf": hdtf})).cases
    assert {case.cluster for case in cases} == {"AnnaOne", "BenTwo", "Radio1"}
    for case in cases:
        assert case.id == f"{case.cluster}-{case.driver_id}" and case.has_reference
        assert case.source.path == case.driver_path and case.source_cluster == case.cluster
    with pytest.raises(BenchmarkError, match="expected 5 videos of hdtf but .* has 4 that"):
        build_cases(protocol(sequences=5), open_corpora({"hdtf": hdtf}))


def test_the_first_seconds_are_a_whole_with_their_own_sound(hdtf: Path) -> None:
    clip = hdtf / "WDA_BenTwo0_000.mp4"
    found = plan_frames(clip, 100, span_s=(1.0, 1.2))
    assert (len(found.indices), found.frame_count, found.is_whole) == (30, 30, True)
    assert found.length_s == pytest.approx(1.2)
    sound = read_audio(clip, found.first_frame_s, found.length_s)
    assert sound is not None and len(sound.samples) == round(1.2 * sound.sample_rate_hz)
    whole = plan_frames(clip, 100, span_s=(1.0, 30.0))
    assert (whole.frame_count, whole.length_s) == (40, None), "a shorter file is taken as it is"


def test_a_file_that_is_too_short_is_refused(hdtf: Path) -> None:
    with pytest.raises(VideoDecodeError, match=r"expected at least 1 s but it lasts 0\.8 s"):
        plan_frames(hdtf / "RD_Radio1_000.mp4", 100, span_s=(1.0, 30.0))


def test_what_is_heard_has_its_own_id(hdtf: Path) -> None:
    clip = hdtf / "WDA_BenTwo0_000.mp4"
    assert len({audio_id(clip, 0.0), audio_id(clip, 0.0, 1.2), audio_id(clip, 0.0, 1.0)}) == 3


def test_a_task_hears_as_long_as_it_sees(hdtf: Path, tmp_path: Path) -> None:
    clip = hdtf / "WDA_BenTwo0_000.mp4"
    crop = Crop(tmp_path, 64, 1.0, 100, (("face-detector", "a" * 64),))
    driver = Input("driver", clip, "clip", crop, span_s=(1.0, 1.2))
    frames = driver.load(harness.models())
    assert frames.frame_count == 30 and frames.is_whole
    kept = driver.find()
    assert kept is not None and kept.length_s == frames.length_s == pytest.approx(1.2)
    work = CaseWork("case", None, None, clip, True, False)
    settings = TaskSettings(plan(hdtf, tmp_path, protocol()).features, tmp_path)
    heard = CaseTask(driver, (work,), (), settings).inputs(work, None, frames).audio
    assert heard == AudioFile(clip, frames.first_frame_s, frames.length_s)
    assert replaced(driver, span_s=None).load(harness.models()).content_id != frames.content_id


def replaced(one: Input, **changes: object) -> Input:
    return Input(**{**vars(one), **changes})


def test_a_run_has_references_and_counts_what_is_too_short(hdtf: Path, tmp_path: Path) -> None:
    results = harness.run_plan(plan(hdtf, tmp_path / "out", protocol())).results
    (failure,) = results.failures
    assert failure.stage == "data" and "expected at least 1 s but it lasts 0.8 s" in failure.reason
    psnr = results.aggregate("copy-source", "psnr")
    assert psnr.cases_scored == 3 and {m.name for m in results.methods} == {"copy-source", "reference"}
    rows = [
        row for row in results.rows if row.metric == "psnr" and row.method == "copy-source" and row.value is not None
    ]
    assert {row.frames_expected for row in rows} == {30}
