"""The speakers of the speech protocols are complete, small, held out, made by the script beside them, and pause."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from benchmark.features.lip_sync.loudness import SAMPLE_RATE_HZ, speech_envelope
from benchmark.metrics.silence import in_silence
from feed_dataset.catalog.catalog import Catalog, open_catalog
from feed_dataset.core.media.audio import read_audio, resample
from feed_dataset.core.media.video import probe
from feed_dataset.layout.mini import SPEAKERS_ROOT
from feed_dataset.synthetic.takes.ground_truth import GroundTruth
from feed_dataset.synthetic.voices.espeak import Espeak, EspeakUnavailable
from feed_dataset.synthetic.voices.speakers import choose_speakers, variants
from scripts import render_speakers

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return open_catalog(SPEAKERS_ROOT)


def test_complete_and_made_by_the_script(catalog: Catalog) -> None:
    jobs = render_speakers.plan(SPEAKERS_ROOT)
    assert {clip.id for clip in catalog.clips} == {f"{job.id}_C" for job in jobs}
    assert [job.id for job in jobs if not job.is_done()] == [], "rendered by another recipe"
    assert catalog.name == "feed-mini-speakers" and catalog.problems == ()
    assert {clip.split for clip in catalog.clips} == {"test"}


def test_nobody_is_of_a_training_on_speech() -> None:
    speakers = [job.speaker for job in render_speakers.plan(SPEAKERS_ROOT)]
    assert len({one.voice.variant for one in speakers}) == len({one.subject for one in speakers}) == 12
    trained = {name for names in variants("train").values() for name in names}
    assert not {one.voice.variant for one in speakers} & trained
    assert not {one.subject for one in speakers} & {one.subject for one in choose_speakers(200, part="train")}


def test_the_manifest_matches_the_files(catalog: Catalog) -> None:
    manifest = json.loads((SPEAKERS_ROOT / "manifest.json").read_text())
    assert manifest["digest"] == catalog.digest and manifest["with_audio"] == manifest["takes"]
    assert manifest["languages"] == render_speakers.languages_of(render_speakers.plan(SPEAKERS_ROOT))
    assert Counter(clip.language for clip in catalog.clips) == {"English": 4, "Spanish": 4, "Mandarin": 4}


def test_small() -> None:
    sizes = [path.stat().st_size for path in SPEAKERS_ROOT.rglob("*") if path.is_file()]
    assert sum(sizes) < 4 * MEGABYTE and max(sizes) < MEGABYTE / 2


def test_every_clip_speaks_and_pauses(catalog: Catalog) -> None:
    shortest, longest = render_speakers.FRAMES
    for clip in catalog.clips:
        assert clip.ground_truth is not None
        truth = GroundTruth.load(clip.ground_truth)
        info, audio = probe(clip.path), read_audio(clip.path)
        assert (info.width_px, info.height_px, info.frame_count) == (256, 256, len(truth)), clip.id
        assert audio is not None and audio.duration_s == pytest.approx(len(truth) / truth.fps, abs=0.1)
        assert shortest <= len(truth) <= longest
        levels = speech_envelope(resample(audio.samples, audio.sample_rate_hz, SAMPLE_RATE_HZ))
        silent = in_silence(np.arange(len(truth)) / truth.fps, levels)
        assert silent[: len(silent) // 3].any() and silent[-len(silent) // 3 :].any(), clip.id
        assert 0.05 < silent.mean() < 0.6


def test_each_says_its_first_sentence_that_fits() -> None:
    try:
        Espeak.find()
    except EspeakUnavailable as error:
        pytest.skip(str(error))
    job = render_speakers.plan(SPEAKERS_ROOT)[0]
    assert [render_speakers.fits(replace(job, number=number)) for number in range(job.number + 1)] == [False, True]
