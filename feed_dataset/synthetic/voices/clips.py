"""One spoken clip: text, sound, phonemes and motion of a speaker, from seeds alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.motion.speech import TimedPhoneme, Utterance
from feed_dataset.synthetic.motion.talking import talking_take
from feed_dataset.synthetic.motion.timeline import Take
from feed_dataset.synthetic.voices.espeak import Espeak
from feed_dataset.synthetic.voices.speakers import Speaker
from feed_dataset.synthetic.voices.texts import draw_text
from feed_dataset.synthetic.voices.visemes import stress_times_s, timed_visemes

_EDGE_S = (0.2, 0.6)  # silence before and after
_PEAK = (0.3, 0.9)  # people stand nearer to or farther from a microphone
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
    text = draw_text(rng, speaker.voice.language, sentences)
    said = espeak.say(text, speaker.voice)
    before_s, after_s = (float(rng.uniform(*_EDGE_S)) for _ in range(2))
    rate_hz = said.sample_rate_hz
    lead = round(before_s * rate_hz)
    frame_count = int(np.ceil((lead / rate_hz + len(said.samples) / rate_hz + after_s) * fps))
    samples = np.zeros(round(frame_count / fps * rate_hz), np.float32)
    peak = float(np.abs(said.samples).max())
    samples[lead : lead + len(said.samples)] = said.samples * (float(rng.uniform(*_PEAK)) / peak)
    phonemes = _placed(timed_visemes(said, speaker.voice.language), lead / rate_hz, frame_count / fps)
    stresses_s = tuple(lead / rate_hz + time_s for time_s in stress_times_s(said))
    liveliness = float(np.random.default_rng(speaker.seed).uniform(*_LIVELINESS))
    times_s = np.arange(frame_count) / fps
    utterance = Utterance(text, phonemes, samples, rate_hz)
    take = talking_take(utterance, times_s, stresses_s, rng, liveliness=liveliness)
    return SpokenClip(text, take, stresses_s, f"eSpeak NG {said.version}")


def _placed(timed: tuple[TimedPhoneme, ...], lead_s: float, end_s: float) -> tuple[TimedPhoneme, ...]:
    """The phonemes later by `lead_s`, with silence around them."""
    moved = [TimedPhoneme(one.name, one.start_s + lead_s, one.end_s + lead_s, one.viseme) for one in timed]
    return (TimedPhoneme("", 0.0, lead_s, "sil"), *moved, TimedPhoneme("", moved[-1].end_s, end_s, "sil"))
