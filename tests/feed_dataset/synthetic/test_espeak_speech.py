"""Speech of eSpeak NG itself: what its times are worth, measured on the sound alone."""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pytest

from feed_dataset.synthetic.voices.clips import SpokenClip, speak_clip
from feed_dataset.synthetic.voices.espeak import Espeak, EspeakError, EspeakUnavailable, Voice
from feed_dataset.synthetic.voices.speakers import PARTS, choose_speakers, variants
from feed_dataset.synthetic.voices.texts import draw_sentences, languages
from feed_dataset.synthetic.voices.visemes import timed_visemes
from scripts.validation.spoken import change_lag_s, energy, energy_of, level_lag_s, opening, silent_share

FRAME_S = 1 / 25


def _installed() -> str | None:
    try:
        Espeak.find()
    except EspeakUnavailable as error:
        return str(error)
    return None


pytestmark = pytest.mark.skipif(_installed() is not None, reason=str(_installed()))


@cache
def clip(number: int) -> SpokenClip:
    return speak_clip(Espeak.find(), choose_speakers(12, part="test")[number], 0, sentences=2, fps=25)


@pytest.mark.parametrize("number", range(6))
def test_mouth_and_sound_are_in_time(number: int) -> None:
    assert abs(level_lag_s(opening(clip(number)), energy_of(clip(number)))) <= FRAME_S


def test_they_change_together() -> None:
    clips = [clip(number) for number in range(6)]
    assert abs(change_lag_s([opening(one) for one in clips], [energy_of(one) for one in clips])) <= FRAME_S


@pytest.mark.parametrize("number", range(6))
def test_silence_is_a_shut_mouth(number: int) -> None:
    assert silent_share(clip(number)) < 0.1


def test_an_estimate_sees_a_late_mouth() -> None:
    """Known answer: the sound 80 ms earlier is a mouth that is 80 ms late."""
    spoken, shift = clip(0), 0.08
    sound = spoken.utterance
    early = energy(np.roll(sound.samples, -round(shift * sound.sample_rate_hz)), sound.sample_rate_hz)
    mouth, level = opening(spoken), energy_of(spoken)
    assert level_lag_s(mouth, early) - level_lag_s(mouth, level) == pytest.approx(shift, abs=0.011)
    assert change_lag_s([mouth], [early]) - change_lag_s([mouth], [level]) == pytest.approx(shift, abs=0.011)


@pytest.mark.parametrize("language", languages())
def test_every_symbol_of_every_sentence_has_a_shape(language: str) -> None:
    words = languages()[language]
    texts = [
        one.format(n=7 + index, a=a, b=a)
        for index, (one, a) in enumerate(zip(words.sentences, words.things, strict=False))
    ]
    said = Espeak.find().say(" ".join(texts + list(words.things)), Voice(language))
    timed = timed_visemes(said, language)
    assert len({one.viseme for one in timed}) >= 12


def test_every_voice_speaks() -> None:
    espeak = Espeak.find()
    names = [name for part in PARTS for group in variants(part).values() for name in group]
    for name in names[::7]:
        assert espeak.say("Yes.", Voice("en-us", name)).samples.size
    with pytest.raises(EspeakError, match=r"to speak as en-us\+nobody but it has no voice variant nobody"):
        espeak.say("Yes.", Voice("en-us", "nobody"))
    with pytest.raises(EspeakError, match="to speak as nowhere but it has no voice nowhere"):
        espeak.say("Yes.", Voice("nowhere"))


def test_the_same_request_gives_the_same_sound() -> None:
    espeak, text = Espeak.find(), draw_sentences(np.random.default_rng(0), "en-us", 1)[0]
    first = espeak.say(text, Voice("en-us", "f2", words_per_minute=150))
    time.sleep(1.1)  # it takes random numbers, which it seeds with the second
    second, faster = (espeak.say(text, Voice("en-us", "f2", words_per_minute=w)) for w in (150, 190))
    assert np.array_equal(first.samples, second.samples) and first.phonemes == second.phonemes
    assert len(faster.samples) < 0.9 * len(first.samples)
    high, low = (espeak.say(text, Voice("en-us", "f2", pitch=pitch)) for pitch in (80, 20))
    assert not np.array_equal(high.samples[:10_000], low.samples[:10_000])
