"""Log-mel features are those of Whisper's reference implementations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model.speech.mel import BANDS, SAMPLE_RATE_HZ, SILENT, log_mel, mel_filters, scaled

TOLERANCE = 1e-4
"""Of what the encoder reads, whose values lie in about [-1, 1.5]."""
SIGNALS = ("speech-like", "loud", "faint", "constant", "silent", "click")


def signal(kind: str, seconds: float = 2.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    voice = np.sin(2 * np.pi * 140 * t + 3 * np.sin(2 * np.pi * 4 * t)) * (1 + np.sin(2 * np.pi * 3 * t))
    made = {
        "speech-like": 0.2 * voice + 0.01 * rng.standard_normal(len(t)),
        "loud": np.clip(3.0 * voice, -1, 1),
        "faint": 1e-4 * voice,
        "constant": np.full(len(t), 0.5),
        "silent": np.zeros(len(t)),
        "click": np.where(np.arange(len(t)) == 5000, 0.9, 0.0),
    }
    return made[kind].astype(np.float32)


def ours(samples: np.ndarray) -> np.ndarray:  # [80, 3000], as transcription pads: silence to 30 s, mirrored ends
    full = np.pad(samples, (0, 30 * SAMPLE_RATE_HZ - len(samples)))
    log = log_mel(torch.from_numpy(np.pad(full, 200, mode="reflect")))[:, :3000]
    return scaled(log, float(log.max())).numpy()


def by_openai_whisper(samples: np.ndarray) -> np.ndarray:
    """`log_mel_spectrogram` of openai-whisper written out in float64, with a plain Fourier sum."""
    full = np.pad(samples.astype(np.float64), (200, 200), mode="reflect")
    bell = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    wave = np.exp(-2j * np.pi * np.outer(np.arange(400), np.arange(201)) / 400)
    frames = np.stack([full[place : place + 400] * bell for place in range(0, len(samples), 160)])
    mel = np.abs(frames @ wave) ** 2 @ mel_filters().numpy().astype(np.float64)
    log = np.log10(np.maximum(mel, 1e-10))
    return (np.maximum(log, log.max() - 8.0).T + 4.0) / 4.0


@pytest.mark.parametrize("kind", SIGNALS)
def test_equals_the_extractor_of_transformers(kind: str) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra 'speech' is not installed: transformers")
    extractor = transformers.WhisperFeatureExtractor()
    samples = signal(kind)
    theirs = extractor(samples, sampling_rate=SAMPLE_RATE_HZ, return_tensors="np").input_features[0]
    np.testing.assert_allclose(ours(samples), theirs, atol=TOLERANCE)


def test_filters_equal_those_of_transformers() -> None:
    transformers = pytest.importorskip("transformers", reason="the extra 'speech' is not installed: transformers")
    np.testing.assert_allclose(mel_filters().numpy(), transformers.WhisperFeatureExtractor().mel_filters, atol=1e-8)


@pytest.mark.parametrize("kind", ("speech-like", "loud", "constant", "silent"))
def test_equals_the_maths_of_openai_whisper(kind: str) -> None:
    samples = signal(kind, 0.5)
    log = log_mel(torch.from_numpy(np.pad(samples, 200, mode="reflect")))[:, : len(samples) // 160]
    np.testing.assert_allclose(scaled(log, float(log.max())).numpy(), by_openai_whisper(samples), atol=TOLERANCE)


def test_filters_cover_the_voice_with_equal_areas() -> None:
    filters = mel_filters()
    assert filters.shape == (201, BANDS) and filters.min() == 0 and (filters.sum(0) > 0).all()
    areas = filters.double().sum(0) * SAMPLE_RATE_HZ / 400
    assert areas[-20:].sub(1).abs().max() < 0.05  # low bands have too few bins to say


def test_a_frame_is_at_its_time() -> None:
    samples = torch.zeros(400 + 160 * 9)
    samples[200 + 160 * 4] = 1.0
    assert log_mel(samples).sum(0).argmax() == 4
    assert (log_mel(samples)[:, [0, 8]] == SILENT).all()


def test_what_is_quiet_is_cut_off_by_the_loudest() -> None:
    log = torch.tensor([[2.0, -5.0, -10.0]])
    assert scaled(log, 2.0).tolist() == [[1.5, -0.25, -0.5]]
    assert scaled(log, 4.0).tolist() == [[1.5, 0.0, 0.0]]
