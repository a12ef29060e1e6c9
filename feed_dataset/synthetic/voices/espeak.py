"""Speech from eSpeak NG: samples, and when each phoneme begins.

The library is under the GPL and has one state for all that it says. So it is no part of this package, and runs in a
program of its own (`espeak_program.py`) that says one text and ends: equal requests give equal bytes, a hang has a time
limit, and a crash is an error.
"""

from __future__ import annotations

import ctypes.util
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.jobs.errors import FeedError, words_of

PROGRAM = Path(__file__).with_name("espeak_program.py")
TIMEOUT_S = 30.0
LONGEST_S = 120.0
"""Of one text; more is no sentence."""
_RATES_HZ = (8_000, 48_000)
_QUIETEST = 0.01  # peak of something that was said
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_INSTALL = "pip install 'feed-benchmark[voices]', or Debian's packages espeak-ng and libespeak-ng1"


class EspeakUnavailable(FeedError):
    """eSpeak NG is not installed, or does not start."""


class EspeakError(FeedError):
    """eSpeak NG did not say a text as it should."""


@dataclass(frozen=True)
class Voice:
    """What speaks.

    Args:
        language: such as "en-us", "de", "cmn".
        variant: one of eSpeak's voice variants, such as "f3"; "" for the language's own voice.
        pitch: 0 to 99, 50 is the variant's own. pitch_range: how lively, likewise.
        words_per_minute: 80 to 450.

    Raises:
        ValueError: a value out of its range.
    """

    language: str
    variant: str = ""
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = 160

    def __post_init__(self) -> None:
        for name, low, high in (("pitch", 0, 99), ("pitch_range", 0, 99), ("words_per_minute", 80, 450)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"expected {name} in [{low}, {high}] but got {getattr(self, name)}")

    @property
    def name(self) -> str:
        """As eSpeak is asked for it."""
        return f"{self.language}+{self.variant}" if self.variant else self.language


@dataclass(frozen=True, repr=False)
class Said:
    """What came back.

    Args:
        samples: float32 [N] in [-1, 1].
        phonemes: (start in seconds, IPA) in order of time; an IPA of "" is a pause.
        version: of eSpeak NG.
    """

    samples: np.ndarray
    sample_rate_hz: int
    phonemes: tuple[tuple[float, str], ...]
    version: str

    def __repr__(self) -> str:
        return f"Said({len(self.samples) / self.sample_rate_hz:.2f} s, {len(self.phonemes)} phonemes)"


@dataclass(frozen=True)
class Espeak:
    """An installed eSpeak NG.

    Args:
        library: the shared library's file or name.
        data: folder of its voices; None where the library knows.
    """

    library: str
    data: str | None = None

    @classmethod
    def find(cls) -> Espeak:
        """That of the package espeakng-loader, else the system's. Raises EspeakUnavailable."""
        package = find_spec("espeakng_loader")
        if package is not None and package.origin is not None:
            folder = Path(package.origin).parent
            libraries = [one for one in sorted(folder.glob("*espeak-ng.*")) if one.is_file()]
            if libraries and (folder / "espeak-ng-data").is_dir():
                return cls(str(libraries[0]), str(folder / "espeak-ng-data"))
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise EspeakUnavailable(
                f"expected eSpeak NG, which says when each phoneme sounds, but found none; {_INSTALL}"
            )
        return cls(name)

    def say(self, text: str, voice: Voice, *, timeout_s: float = TIMEOUT_S) -> Said:
        """Speak a text; the same request gives the same samples.

        Raises:
            EspeakUnavailable: it does not start.
            EspeakError: no such voice, out of time, or a sound that no text has.
        """
        parameters = ((_RATE, voice.words_per_minute), (_PITCH, voice.pitch), (_RANGE, voice.pitch_range))
        request = {"library": self.library, "data": self.data, "voice": voice.name, "text": text}
        answer = self._ask({**request, "parameters": parameters}, timeout_s)
        head, _, samples = answer.partition(b"\n")
        try:
            about = json.loads(head)
            if "error" in about:
                raise EspeakError(f"expected eSpeak NG to speak as {voice.name} but {about['error']}")
            return _checked(samples, about)
        except (ValueError, KeyError, TypeError) as error:
            raise EspeakError(f"expected speech of {text!r} as {voice.name} but got: {words_of(error)}") from error

    def _ask(self, request: dict[str, object], timeout_s: float) -> bytes:
        line = json.dumps(request).encode() + b"\n"
        command = [sys.executable, "-I", str(PROGRAM)]
        try:
            done = subprocess.run(command, input=line, capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise EspeakError(
                f"expected {request['text']!r} within {timeout_s:g} s but eSpeak NG took longer"
            ) from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
            raise EspeakUnavailable(f"expected eSpeak NG at {self.library} to run but got: {said[-1]}; {_INSTALL}")
        return done.stdout


def _checked(samples: bytes, about: Mapping[str, Any]) -> Said:
    """Raises ValueError, KeyError or TypeError where it is no speech."""
    count, rate_hz, phonemes = int(about["samples"]), int(about["rate_hz"]), about["phonemes"]
    if not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        raise ValueError(f"a rate of {rate_hz} Hz")
    if len(samples) != 2 * count or not 0 < count <= LONGEST_S * rate_hz:
        raise ValueError(f"{len(samples) // 2} samples at {rate_hz} Hz")
    sound = np.frombuffer(samples, np.int16).astype(np.float32) / 32768
    if float(np.abs(sound).max()) < _QUIETEST:
        raise ValueError("silence")
    starts = [int(start) for start, _ in phonemes]
    if not any(ipa for _, ipa in phonemes) or starts != sorted(starts) or not 0 <= starts[0] <= starts[-1] <= count:
        raise ValueError(f"{len(starts)} phonemes whose times do not fit the sound")
    named = tuple((start / rate_hz, str(ipa)) for start, (_, ipa) in zip(starts, phonemes, strict=True))
    return Said(sound, rate_hz, named, str(about["version"]))
