"""The level of the voice's band over time."""

from __future__ import annotations

import numpy as np

from benchmark.features.lip_sync.loudness import speech_envelope


def _tone(hz: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * 16_000)) / 16_000).astype(np.float32)


def test_a_tone_between_silences_is_loud_where_it_sounds() -> None:
    silence = np.zeros(8000, np.float32)
    level = speech_envelope(np.concatenate([silence, _tone(1000, 0.5), silence]))
    assert len(level) == 151
    assert level[:49].max() == 0.0 and level[52:99].min() > 0.95 and level[102:].max() == 0.0


def test_hum_beside_a_voice_does_not_count() -> None:
    voice, hum = _tone(1000, 1.0), 0.5 * _tone(50, 2.0)
    level = speech_envelope(np.concatenate([voice, np.zeros(16_000, np.float32)]) + hum)
    assert level[150] < 0.3 < level[50]


def test_ten_times_quieter_is_half_way_down() -> None:
    level = speech_envelope(np.concatenate([_tone(1000, 0.5), 0.1 * _tone(1000, 0.5)]))
    np.testing.assert_allclose(level[80], 0.5, atol=0.01)  # -20 dB of 40


def test_no_sound_has_no_level() -> None:
    assert speech_envelope(np.zeros(1600, np.float32)).max() == 0.0
    assert len(speech_envelope(np.zeros(0, np.float32))) == 0
