"""Phonemes as a formant synthesiser and a face need them, and a few sentences made of them.

Formants: Peterson and Barney (1952), men; consonants after Klatt (1980), rounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Formants = tuple[float, float, float]


@dataclass(frozen=True)
class Phoneme:
    """One speech sound."""

    viseme: str
    formants_hz: Formants
    duration_s: float
    voice: float = 0.0  # loudness of the glottal source
    noise: float = 0.0  # loudness of friction
    noise_hz: float = 4000.0
    closure: bool = False  # a stop: silent, then a burst at the end


def _vowel(viseme: str, formants_hz: Formants, duration_s: float, voice: float) -> Phoneme:
    """`voice` follows the intrinsic intensity of vowels: open ones are some 5 dB louder.

    Source: Lehiste and Peterson (1959).
    """
    return Phoneme(viseme, formants_hz, duration_s, voice=voice)


PHONEMES: Mapping[str, Phoneme] = {
    "_": Phoneme("sil", (500, 1500, 2500), 0.06),
    "AA": _vowel("aa", (730, 1090, 2440), 0.13, 1.0),
    "AE": _vowel("aa", (660, 1720, 2410), 0.13, 0.95),
    "AH": _vowel("aa", (640, 1190, 2390), 0.09, 0.85),
    "AO": _vowel("O", (570, 840, 2410), 0.12, 0.95),
    "EH": _vowel("E", (530, 1840, 2480), 0.11, 0.85),
    "ER": _vowel("RR", (490, 1350, 1690), 0.11, 0.7),
    "IH": _vowel("I", (390, 1990, 2550), 0.08, 0.65),
    "IY": _vowel("I", (270, 2290, 3010), 0.11, 0.55),
    "OW": _vowel("O", (460, 900, 2400), 0.12, 0.8),
    "UH": _vowel("U", (440, 1020, 2240), 0.09, 0.65),
    "UW": _vowel("U", (300, 870, 2240), 0.12, 0.55),
    "M": Phoneme("PP", (250, 1100, 2200), 0.075, voice=0.3),
    "N": Phoneme("nn", (250, 1600, 2600), 0.065, voice=0.3),
    "NG": Phoneme("kk", (250, 2000, 2600), 0.07, voice=0.3),
    "L": Phoneme("nn", (360, 1100, 2700), 0.06, voice=0.45),
    "R": Phoneme("RR", (340, 1100, 1500), 0.065, voice=0.45),
    "W": Phoneme("U", (290, 650, 2200), 0.065, voice=0.45),
    "Y": Phoneme("I", (270, 2250, 3000), 0.055, voice=0.45),
    "P": Phoneme("PP", (400, 900, 2200), 0.09, noise=0.35, noise_hz=900, closure=True),
    "B": Phoneme("PP", (300, 900, 2200), 0.075, voice=0.12, noise=0.2, noise_hz=900, closure=True),
    "T": Phoneme("DD", (400, 1700, 2600), 0.085, noise=0.4, noise_hz=4200, closure=True),
    "D": Phoneme("DD", (300, 1700, 2600), 0.065, voice=0.12, noise=0.25, noise_hz=4200, closure=True),
    "K": Phoneme("kk", (400, 1900, 2400), 0.085, noise=0.4, noise_hz=2000, closure=True),
    "G": Phoneme("kk", (300, 1900, 2400), 0.07, voice=0.12, noise=0.25, noise_hz=2000, closure=True),
    "F": Phoneme("FF", (340, 1100, 2080), 0.095, noise=0.14, noise_hz=6500),
    "V": Phoneme("FF", (250, 1100, 2080), 0.06, voice=0.22, noise=0.07, noise_hz=6500),
    "TH": Phoneme("TH", (320, 1290, 2540), 0.09, noise=0.1, noise_hz=6800),
    "DH": Phoneme("TH", (270, 1290, 2540), 0.05, voice=0.25, noise=0.05, noise_hz=6800),
    "S": Phoneme("SS", (320, 1390, 2530), 0.1, noise=0.3, noise_hz=5800),
    "Z": Phoneme("SS", (240, 1390, 2530), 0.075, voice=0.2, noise=0.18, noise_hz=5800),
    "SH": Phoneme("CH", (300, 1840, 2750), 0.1, noise=0.32, noise_hz=3000),
    "CH": Phoneme("CH", (350, 1800, 2820), 0.1, noise=0.35, noise_hz=3200, closure=True),
    "HH": Phoneme("E", (500, 1500, 2500), 0.055, noise=0.12, noise_hz=1500),
}

SENTENCES: tuple[tuple[str, str], ...] = (
    ("we were away a year ago", "W IY W ER AH W EH IY AH Y IY R AH G OW"),
    ("my mother bought blue shoes", "M AA IY M AH DH ER B AO T B L UW SH UW Z"),
    ("please feed the small bear", "P L IY Z F IY D DH AH S M AO L B EH R"),
    ("open the window for me", "OW P AH N DH AH W IH N D OW F AO R M IY"),
    ("both boys love apple pie", "B OW TH B AO IY Z L AH V AE P AH L P AA IY"),
    ("show me your five puppies", "SH OW M IY Y AO R F AA IY V P AH P IY Z"),
    ("how warm was your room", "HH AA UH W AO R M W AA Z Y AO R R UW M"),
    ("bob may swim past the boat", "B AA B M EH IY S W IH M P AE S T DH AH B OW T"),
)
"""Text and phonemes; diphthongs are two vowels."""
