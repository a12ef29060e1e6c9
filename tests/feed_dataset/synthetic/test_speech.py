from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.synthetic.motion.actions import VISEMES
from feed_dataset.synthetic.motion.phonemes import PHONEMES, SENTENCES
from feed_dataset.synthetic.motion.speech import SAMPLE_RATE_HZ, Utterance, mouth_coefficients, speak, viseme_labels

FPS = 25


def said(seed: int, duration_s: float = 2.0, pitch_hz: float = 120.0) -> Utterance:
    return speak(np.random.default_rng(seed), duration_s, pitch_hz=pitch_hz)


def loudness(utterance: Utterance, times_s: np.ndarray) -> np.ndarray:
    """RMS of the frame around each time."""
    half = SAMPLE_RATE_HZ // FPS // 2
    padded = np.pad(utterance.samples.astype(np.float64), half)
    starts = (times_s * SAMPLE_RATE_HZ).astype(int)
    return np.array([np.sqrt(np.mean(padded[start : start + 2 * half] ** 2)) for start in starts])


def test_tables_fit_together() -> None:
    for text, spelling in SENTENCES:
        assert set(spelling.split()) <= set(PHONEMES), text
    assert {phoneme.viseme for phoneme in PHONEMES.values()} <= set(VISEMES)


@pytest.mark.parametrize("duration_s", [0.8, 2.0, 7.3])
def test_speech_fills_the_time(duration_s: float) -> None:
    utterance = said(0, duration_s)
    assert len(utterance.samples) == round(duration_s * SAMPLE_RATE_HZ)
    assert utterance.samples.dtype == np.float32 and 0.5 < np.abs(utterance.samples).max() <= 1
    phonemes = utterance.phonemes
    assert phonemes[0].name == phonemes[-1].name == "_" and phonemes[0].start_s == 0
    assert phonemes[-1].end_s == pytest.approx(duration_s)
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in zip(phonemes, phonemes[1:], strict=False))
    edge = round(0.05 * SAMPLE_RATE_HZ)
    assert np.abs(utterance.samples[:edge]).max() < 0.02, "begins in silence"


def test_deterministic() -> None:
    np.testing.assert_array_equal(said(3).samples, said(3).samples)
    assert not np.array_equal(said(3).samples, said(4).samples)


@pytest.mark.parametrize("seed", range(6))
def test_mouth_follows_the_sound(seed: int) -> None:
    """The jaw opens when it is loud; not when the sound is a quarter of a second off."""
    utterance = said(seed, 6.0)
    times_s = np.arange(6 * FPS) / FPS
    jaw = np.array([shape.get("jawOpen", 0.0) for shape in mouth_coefficients(utterance, times_s)])
    in_time = np.corrcoef(jaw, loudness(utterance, times_s))[0, 1]
    shifted = np.corrcoef(jaw[6:], loudness(utterance, times_s)[:-6])[0, 1]
    assert in_time > 0.55 and in_time > shifted + 0.25


def test_lips_close_for_p() -> None:
    utterance = said(1, 6.0)
    closed = [p for p in utterance.phonemes if p.viseme == "PP"]
    assert closed
    middles = np.array([(p.start_s + p.end_s) / 2 for p in closed])
    shapes = mouth_coefficients(utterance, middles)
    assert min(shape.get("mouthPressLeft", 0) for shape in shapes) > 0.3
    assert max(shape.get("jawOpen", 0) for shape in shapes) < 0.3


def test_labels_are_those_of_the_sounding_phoneme() -> None:
    utterance = said(2)
    middles = np.array([(p.start_s + p.end_s) / 2 for p in utterance.phonemes])
    assert viseme_labels(utterance, middles) == tuple(p.viseme for p in utterance.phonemes)


def test_pitch_is_heard() -> None:
    """The strongest period of a vowel is that of the voice."""

    def pitch_of(utterance: Utterance) -> float:
        vowel = max(utterance.phonemes[1:-1], key=lambda p: PHONEMES[p.name].voice * (p.end_s - p.start_s))
        bounds = (int(vowel.start_s * SAMPLE_RATE_HZ), int(vowel.end_s * SAMPLE_RATE_HZ))
        sound = utterance.samples[slice(*bounds)].astype(np.float64)
        correlation = np.correlate(sound, sound, "full")[len(sound) - 1 :]
        low, high = SAMPLE_RATE_HZ // 350, SAMPLE_RATE_HZ // 70
        return SAMPLE_RATE_HZ / (low + int(np.argmax(correlation[low:high])))

    assert pitch_of(said(0, pitch_hz=110)) == pytest.approx(110, rel=0.25)
    assert pitch_of(said(0, pitch_hz=210)) == pytest.approx(210, rel=0.25)


def test_friction_is_high_and_vowels_are_low() -> None:
    utterance = said(0, 8.0)

    def centroid(names: set[str]) -> float:
        parts = [
            utterance.samples[int(p.start_s * SAMPLE_RATE_HZ) : int(p.end_s * SAMPLE_RATE_HZ)]
            for p in utterance.phonemes
            if p.name in names
        ]
        spectrum = np.mean([np.abs(np.fft.rfft(part, 4096)) ** 2 for part in parts], 0)
        return float((np.fft.rfftfreq(4096, 1 / SAMPLE_RATE_HZ) * spectrum).sum() / spectrum.sum())

    assert centroid({"S", "SH", "F", "Z", "CH"}) > 2500 > 1200 > centroid({"AA", "AO", "OW", "AH"})
