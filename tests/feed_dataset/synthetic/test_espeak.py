"""What comes back from the program that speaks: checked, in time, with errors that say what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.synthetic.voices import espeak as module
from feed_dataset.synthetic.voices.espeak import Espeak, EspeakError, EspeakUnavailable, Voice

HERE = Espeak("a library that no test loads")
_STUB = """
import json, sys, time
request = json.loads(sys.stdin.readline())
samples = b"\\x00\\x20" * {count}
about = dict(version="9", rate_hz={rate}, samples=len(samples) // 2, phonemes={phonemes})
{extra}
sys.stdout.buffer.write(json.dumps(about).encode() + b"\\n" + samples)
"""


def pretend(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *,
    count: int = 1600,
    rate: int = 16_000,
    phonemes: str = "[[0, 'a'], [800, '']]",
    extra: str = "",
) -> None:
    """A program in eSpeak's place that says a constant."""
    program = folder / "stub.py"
    program.write_text(_STUB.format(count=count, rate=rate, phonemes=phonemes, extra=extra))
    monkeypatch.setattr(module, "PROGRAM", program)


def test_samples_and_phonemes_come_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pretend(monkeypatch, tmp_path)
    said = HERE.say("ah", Voice("en-us", "f3"))
    assert said.samples.dtype == np.float32 and said.samples.shape == (1600,) and said.sample_rate_hz == 16_000
    assert said.phonemes == ((0.0, "a"), (0.05, "")) and said.version == "9"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"count": 0}, "0 samples at 16000 Hz"),
        ({"rate": 100}, "a rate of 100 Hz"),
        ({"extra": "samples = samples[:-2]"}, "1599 samples at 16000 Hz"),
        ({"extra": "samples = bytes(len(samples))"}, "silence"),
        ({"phonemes": "[[0, '']]"}, "1 phonemes whose times do not fit the sound"),
        ({"phonemes": "[[900, 'a'], [0, 'b']]"}, "2 phonemes whose times do not fit"),
        ({"phonemes": "[[9000, 'a']]"}, "1 phonemes whose times do not fit"),
        ({"extra": "about = [1]"}, "expected speech of 'ah'"),
        ({"extra": "about = dict(error='it has no voice xx')"}, r"speak as xx but it has no voice xx"),
    ],
)
def test_what_is_no_speech_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: dict[str, object], reason: str
) -> None:
    pretend(monkeypatch, tmp_path, **wrong)  # type: ignore[arg-type]
    with pytest.raises(EspeakError, match=reason):
        HERE.say("ah", Voice("xx"))


def test_a_hang_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pretend(monkeypatch, tmp_path, extra="time.sleep(60)")
    with pytest.raises(EspeakError, match="expected 'ah' within 0.5 s but eSpeak NG took longer"):
        HERE.say("ah", Voice("en-us"), timeout_s=0.5)


def test_a_library_that_does_not_load_says_what_to_install() -> None:
    with pytest.raises(EspeakUnavailable, match=r"no test loads.*pip install 'feed-benchmark\[voices\]'"):
        HERE.say("ah", Voice("en-us"))


def test_none_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setattr(module.ctypes.util, "find_library", lambda name: None)
    with pytest.raises(EspeakUnavailable, match=r"found none; pip install 'feed-benchmark\[voices\]', or Debian's"):
        Espeak.find()
    monkeypatch.setattr(module.ctypes.util, "find_library", lambda name: "libespeak-ng.so.1")
    assert Espeak.find() == Espeak("libespeak-ng.so.1", None)


@pytest.mark.parametrize("field", [{"pitch": 100}, {"pitch_range": -1}, {"words_per_minute": 20}])
def test_voices_have_bounds(field: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"expected {next(iter(field))} in"):
        Voice("en-us", **field)  # type: ignore[arg-type]


def test_the_program_stands_alone() -> None:
    """It loads a library under the GPL: it imports nothing of this project."""
    assert "feed_dataset" not in module.PROGRAM.read_text().split('"""', 2)[2]
