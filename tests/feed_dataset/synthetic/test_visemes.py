"""From IPA to mouth shapes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.motion.actions import VISEMES
from feed_dataset.synthetic.voices.espeak import Said
from feed_dataset.synthetic.voices.visemes import VISEME_OF, stress_times_s, symbols_of, timed_visemes

RATE_HZ = 16_000


def said(*phonemes: tuple[float, str], quiet: tuple[tuple[float, float], ...] = (), end_s: float = 1.0) -> Said:
    samples = np.full(round(end_s * RATE_HZ), 0.5, np.float32)
    for start_s, stop_s in quiet:
        samples[round(start_s * RATE_HZ) : round(stop_s * RATE_HZ)] = 0
    return Said(samples, RATE_HZ, phonemes, "9")


def shapes(spoken: Said, language: str = "en-us") -> list[tuple[str, float]]:
    return [(one.viseme, round(one.start_s, 3)) for one in timed_visemes(spoken, language)]


def test_shapes_exist() -> None:
    assert set(VISEME_OF.values()) == set(VISEMES) - {"sil"}


@pytest.mark.parametrize(
    ("ipa", "symbols"),
    [
        ("ˈaɪ", "aɪ"),
        ("tʃ", "tʃ"),
        ("ɔ̃", "ɔ"),
        ("ç", "ç"),
        ("tɕh", "tɕh"),
        ("i̪", "i"),
        ("ɑː", "ɑ"),
        ("ʲ", ""),
        ("ts.", "ts"),
        ("(en)ɛ", "ɛ"),
        ("(cmn", ""),
        ("", ""),
    ],
)
def test_marks_are_left_out(ipa: str, symbols: str) -> None:
    assert symbols_of(ipa, "xx") == tuple(symbols)


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(FeedError, match="'ʘ' in 'ʘa' of xx"):
        symbols_of("ʘa", "xx")


def test_a_diphthong_is_two_shapes_and_the_first_is_longer() -> None:
    assert shapes(said((0.0, "ˈaɪ"), (0.5, ""))) == [("aa", 0.0), ("I", 0.3), ("sil", 0.5)]


def test_all_of_the_time_has_a_shape() -> None:
    timed = timed_visemes(said((0.1, "m"), (0.2, "ʔ"), (0.3, "a"), (0.4, ""), (0.45, "s"), (0.6, "")), "de")
    assert (timed[0].start_s, timed[-1].end_s) == (0.0, 1.0)
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in pairwise(timed))
    assert [one.viseme for one in timed] == ["sil", "PP", "aa", "SS", "sil"]  # the throat and a gap have no shape


def test_lips_shut_before_the_burst_as_long_as_it_is_silent() -> None:
    spoken = said((0.0, "a"), (0.5, "p"), (0.6, "a"), quiet=((0.45, 0.5),))
    assert shapes(spoken) == [("aa", 0.0), ("PP", 0.45), ("aa", 0.6)]
    assert shapes(said((0.0, "a"), (0.5, "p"), (0.6, "a"))) == [("aa", 0.0), ("PP", 0.5), ("aa", 0.6)]
    long = said((0.0, "a"), (0.5, "p"), (0.6, "a"), quiet=((0.1, 0.5),))
    assert shapes(long)[1] == ("PP", pytest.approx(0.41, abs=0.006))


def test_some_sounds_are_others_elsewhere() -> None:
    spoken = said((0.0, "ɜ"))
    assert shapes(spoken, "en-us") == [("RR", 0.0)] and shapes(spoken, "de") == [("E", 0.0)]


def test_stressed_syllables() -> None:
    assert stress_times_s(said((0.1, "ˈa"), (0.2, "b"), (0.3, "ˌa"), (0.4, "ˈiː"))) == (0.1, 0.4)
