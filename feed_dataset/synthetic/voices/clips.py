"""One spoken clip: text, sound, phonemes and motion of a speaker, from seeds alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from feed_dataset.synthetic.motion.speech import TimedPhoneme, Utterance
from feed_dataset.synthetic.motion.talking import talking_take
from feed_dataset.synthetic.motion.timeline import Take
from feed_dataset.synthetic.voices.espeak import Espeak, Said
from feed_dataset.synthetic.voices.speakers import Speaker
from feed_dataset.synthetic.voices.texts import draw_sentences
from feed_dataset.synthetic.voices.visemes import stress_times_s, timed_visemes

_EDGE_S = (0.2, 0.6)  # silence before and after
_PAUSE_S = (0.1, 1.2)  # between sentences: mouths shall learn to stay shut
_PEAK = (0.3, 0.9)  # people stand nearer to or farther from a microphone
_ROOM_DB = (-75.0, -55.0)  # of a speaker's room, against full scale: no recording is silent
_LIVELINESS = (0.6, 1.4)  # of a speaker


@dataclass(frozen=True, repr=False)
class SpokenClip:
    """What was said and done.

    Args:
        take: controls of every frame, with the sound; it lasts as long as its frames.
        stresses_s: when stressed syllables begin.
        synthesiser: name and version.
    """

    text: str
    take: Take
    stresses_s: tuple[float, ...]
    synthesiser: str

    @property
    def utterance(self) -> Utterance:
        """The sound and its phonemes."""
        assert self.take.utterance is not None
        return self.take.utterance


def speak_clip(espeak: Espeak, speaker: Speaker, number: int, *, sentences: int, fps: int) -> SpokenClip:
    """Clip `number` of a speaker; the same arguments give the same clip.

    Raises:
        EspeakError, EspeakUnavailable: it cannot be said.
    """
    rng = np.random.default_rng([speaker.seed, number])
    sentences_said = draw_sentences(rng, speaker.voice.language, sentences)
    parts = [espeak.say(sentence, speaker.voice) for sentence in sentences_said]
    pauses_s = [
        float(rng.uniform(*(_EDGE_S if place in (0, len(parts)) else _PAUSE_S))) for place in range(len(parts) + 1)
    ]
    samples, starts_s = _joined(parts, pauses_s, fps)
    own = np.random.default_rng(speaker.seed)
    liveliness, room_db = float(own.uniform(*_LIVELINESS)), float(own.uniform(*_ROOM_DB))
    samples = samples * (float(rng.uniform(*_PEAK)) / float(np.abs(samples).max()))
    samples += np.float32(10 ** (room_db / 20)) * rng.standard_normal(len(samples)).astype(np.float32)
    rate_hz = parts[0].sample_rate_hz
    phonemes, stresses_s = _timed(parts, starts_s, speaker.voice.language, len(samples) / rate_hz)
    text = " ".join(sentences_said)
    utterance = Utterance(text, phonemes, samples, rate_hz)
    times_s = np.arange(round(len(samples) / rate_hz * fps)) / fps
    take = talking_take(utterance, times_s, stresses_s, rng, liveliness=liveliness)
    return SpokenClip(text, take, stresses_s, f"eSpeak NG {parts[0].version}")


def _joined(parts: Sequence[Said], pauses_s: Sequence[float], fps: int) -> tuple[np.ndarray, list[float]]:
    """What was said with the pauses around each, as long as a whole number of frames; and when each part begins."""
    rate_hz = parts[0].sample_rate_hz
    starts, end = [], 0
    for part, pause_s in zip(parts, pauses_s, strict=False):
        starts.append(end + round(pause_s * rate_hz))
        end = starts[-1] + len(part.samples)
    frame_count = math.ceil((end / rate_hz + pauses_s[-1]) * fps)
    samples = np.zeros(round(frame_count / fps * rate_hz), np.float32)
    for part, start in zip(parts, starts, strict=True):
        samples[start : start + len(part.samples)] = part.samples
    return samples, [start / rate_hz for start in starts]


def _timed(
    parts: Sequence[Said], starts_s: Sequence[float], language: str, end_s: float
) -> tuple[tuple[TimedPhoneme, ...], tuple[float, ...]]:
    """Phonemes that cover all of the time, and when stressed syllables begin."""
    phonemes: list[TimedPhoneme] = []
    stresses_s: list[float] = []
    for part, start_s in zip(parts, starts_s, strict=True):
        phonemes.append(TimedPhoneme("", phonemes[-1].end_s if phonemes else 0.0, start_s, "sil"))
        phonemes += [
            replace(one, start_s=one.start_s + start_s, end_s=one.end_s + start_s)
            for one in timed_visemes(part, language)
        ]
        stresses_s += [start_s + time_s for time_s in stress_times_s(part)]
    return (*phonemes, TimedPhoneme("", phonemes[-1].end_s, end_s, "sil")), tuple(stresses_s)
