"""From IPA to mouth shapes with times.

Which sounds share a mouth shape: the 15 shapes are those of Oculus lip sync (`VISEMES`); sounds that English lacks
stand with the one that is made in the same place with the same lips.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.motion.speech import TimedPhoneme
from feed_dataset.synthetic.voices.espeak import Said

_SOUNDS = {
    "PP": "p b m ɸ β ɓ",
    "FF": "f v ɱ ʋ",
    "TH": "θ ð",
    "DD": "t d ʈ ɖ ɗ",
    "kk": "k ɡ g q ɢ c ɟ x χ ɣ ŋ ɴ ħ ʁ ʀ ç ʝ",
    "CH": "ʃ ʒ ʂ ʐ ɕ ʑ",
    "SS": "s z",
    "nn": "n l ɲ ɳ ɭ ʎ ʟ ɫ ɬ ɮ r ɾ",
    "RR": "ɹ ɻ ɽ ɚ ɝ ɜ",
    "aa": "a ɑ æ ɐ ʌ ɶ",
    "E": "e ɛ ə ɘ ɤ h ɦ",
    "I": "i ɪ ɨ ᵻ j ɯ ɰ",
    "O": "o ɔ ɒ ø œ ɵ ɞ",
    "U": "u ʊ w ʉ y ʏ ɥ ʍ",
}
VISEME_OF: Mapping[str, str] = {symbol: viseme for viseme, symbols in _SOUNDS.items() for symbol in symbols.split()}
_OF_LANGUAGE: Mapping[str, Mapping[str, str]] = {
    "de": {"ɜ": "E"},  # the end of "Mutter"; in English that of "nurse"
    "cmn": {"r": "RR"},
}
_OTHER_LANGUAGE = re.compile(r"\([^)]*\)?")  # eSpeak's "(en)" where a word is not of the language
_STOPS = frozenset("pbtdkɡgqɢʈɖcɟɓɗ")
_VOWELS = frozenset("aɑæɐʌɶeɛəɘɤiɪɨᵻɯoɔɒøœɵɞuʊʉyʏɚɝɜ")
_STRESS = "ˈ"
_WITHOUT_A_SHAPE = frozenset("ˈˌːˑʔ.|‿͜͡˞'ʰʲʷˠˤⁿˡ-_ ")  # marks, and what is made in the throat
_FIRST_VOWEL, _CODA = 1.5, 0.75  # how long they are against another vowel of one phoneme
_SILENT = 0.05  # of the loudest 5 ms: the mouth is shut or about to speak
_LONGEST_CLOSURE_S = 0.09
_KEPT_S = 0.02  # of the sound before a closure
_WINDOW_S = 0.005
_SHORTEST_PAUSE_S = 0.1


def timed_visemes(said: Said, language: str) -> tuple[TimedPhoneme, ...]:
    """Phonemes that cover all of the time, and their mouth shapes.

    eSpeak says when a stop bursts; the mouth has shut before, in the silence that leads up to it.

    Raises:
        FeedError: a symbol whose mouth shape nobody has said.
    """
    end_s = len(said.samples) / said.sample_rate_hz
    bounds = [*(start_s for start_s, _ in said.phonemes), end_s]
    own = _OF_LANGUAGE.get(language, {})
    timed = [TimedPhoneme("", 0.0, bounds[0], "sil")]
    for (_, ipa), (start_s, stop_s) in zip(said.phonemes, pairwise(bounds), strict=True):
        symbols = symbols_of(ipa, language)
        if not symbols and (ipa or stop_s - start_s < _SHORTEST_PAUSE_S):  # of the throat, or a gap: the mouth stays
            timed[-1] = replace(timed[-1], end_s=stop_s)
            continue
        edges = start_s + (stop_s - start_s) * np.cumsum([0.0, *_shares(symbols)])
        named = zip(symbols or ("",), pairwise(edges), strict=True)
        timed += [
            TimedPhoneme(one, float(a), float(b), own.get(one) or VISEME_OF.get(one, "sil")) for one, (a, b) in named
        ]
    return _with_closures([one for one in timed if one.end_s > one.start_s], said)


def stress_times_s(said: Said) -> tuple[float, ...]:
    """When each syllable with the main stress of its word begins to sound."""
    return tuple(start_s for start_s, ipa in said.phonemes if _STRESS in ipa)


def symbols_of(ipa: str, language: str) -> tuple[str, ...]:
    """The sounds in an IPA text that have a mouth shape, without marks of length, tone and stress.

    Example:
        >>> symbols_of("ˈaɪ", "en"), symbols_of("tʃ", "en"), symbols_of("ʔ", "de")
        (('a', 'ɪ'), ('t', 'ʃ'), ())
    """
    symbols = []
    for letter in unicodedata.normalize("NFC", _OTHER_LANGUAGE.sub("", ipa)):
        for symbol in letter if letter in VISEME_OF else unicodedata.normalize("NFD", letter):
            if symbol in VISEME_OF:
                symbols.append(symbol)
            elif not (symbol in _WITHOUT_A_SHAPE or unicodedata.combining(symbol) or _is_tone(symbol)):
                raise FeedError(f"expected IPA whose mouth shape is known but got {symbol!r} in {ipa!r} of {language}")
    return tuple(symbols)


def _is_tone(symbol: str) -> bool:
    return symbol.isdigit() or "˥" <= symbol <= "˩" or symbol in "↓↑→↗↘"


def _shares(symbols: tuple[str, ...]) -> list[float]:
    """How a phoneme's time is divided among its sounds."""
    if not _VOWELS & set(symbols):
        return [1 / len(symbols)] * len(symbols) if symbols else [1.0]
    lengths = [1.0 if one in _VOWELS else _CODA for one in symbols]
    lengths[next(place for place, one in enumerate(symbols) if one in _VOWELS)] = _FIRST_VOWEL
    return [length / sum(lengths) for length in lengths]


def _with_closures(timed: list[TimedPhoneme], said: Said) -> tuple[TimedPhoneme, ...]:
    """Stops begin with the silence before their burst, at the cost of the sound before them."""
    window = max(1, round(_WINDOW_S * said.sample_rate_hz))
    blocks = said.samples[: len(said.samples) // window * window].reshape(-1, window)
    loud = np.sqrt((blocks.astype(np.float64) ** 2).mean(1))
    quiet = loud < _SILENT * loud.max()
    window_s = window / said.sample_rate_hz
    moved = [timed[0]]
    for one in timed[1:]:
        before = moved[-1]
        if one.name in _STOPS:
            earliest_s = max(one.start_s - _LONGEST_CLOSURE_S, before.start_s + _KEPT_S)
            block = min(int(one.start_s / window_s), len(quiet)) - 1
            while block >= 0 and quiet[block] and block * window_s > earliest_s:
                block -= 1
            shut_s = min(max((block + 1) * window_s, earliest_s), one.start_s)
            moved[-1], one = replace(before, end_s=shut_s), replace(one, start_s=shut_s)
        moved.append(one)
    return tuple(moved)
