"""A take of a speaker is a take as every other: videos with sound, exact ground truth, a recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.rendered import write_rendered
from feed_dataset.synthetic.takes.ground_truth import GroundTruth
from feed_dataset.synthetic.takes.settings import RenderSettings
from feed_dataset.synthetic.takes.spoken import SpokenTakeJob
from feed_dataset.synthetic.voices import clips as clips_module
from tests.feed_dataset.synthetic.test_speech_set import SPEAKERS, TONE

SETTINGS = RenderSettings(size_px=64, mask_px=32, fps=4, cameras=("C",), supersample=1, preset="ultrafast")


def test_a_spoken_take_has_the_files_of_a_take_and_the_clips_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips_module, "_EDGE_S", (0.01, 0.02))
    speaker = SPEAKERS[0]
    job = SpokenTakeJob(speaker.subject, "speech", tmp_path, SETTINGS, 1, speaker=speaker, number=0, espeak=TONE)
    assert not job.is_done()
    job.run(None)
    assert job.is_done() and not replace(job, number=1).is_done() and not replace(job, sentences=2).is_done()
    truth, said = GroundTruth.load(job.ground_truth), job.clip()
    assert truth.visemes == said.take.visemes and len(truth) == 4
    write_rendered(tmp_path, job.described(), {speaker.subject: "Polish"})
    (clip,) = open_catalog(tmp_path).clips
    assert (clip.id, clip.has_audio, clip.language) == (f"{speaker.subject}/speech_C", True, "Polish")
