"""How many frames a rule allows."""

from __future__ import annotations

from fractions import Fraction

import pytest

from baselines.interface.errors import DriveError
from baselines.interface.frame_rule import FrameRule

PAL = Fraction(25)


@pytest.mark.parametrize(
    ("rule", "driver", "audio_s", "expected"),
    [
        (FrameRule("identity"), 15, None, [15]),
        (FrameRule("trims", head=2, tail=2), 15, None, [11]),
        (FrameRule("trims", tail=4), 4, None, []),  # nothing is left
        (FrameRule("audio-clock"), 15, 0.6, [14, 15]),
        (FrameRule("audio-clock"), 99, 0.61, [15, 16]),  # the driver's frames do not matter
        (FrameRule("audio-clock", tail=3), 15, 0.6, [11, 12, 13, 14, 15]),
        (FrameRule("audio-clock"), 15, 0.001, [1]),
    ],
)
def test_counts(rule: FrameRule, driver: int, audio_s: float | None, expected: list[int]) -> None:
    assert list(rule.counts(driver, audio_s=audio_s, fps=PAL)) == expected


def test_an_audio_clock_needs_audio_and_a_rate() -> None:
    for known in ({"audio_s": 1.0}, {"fps": PAL}):
        with pytest.raises(DriveError, match="the audio's length and the method's rate"):
            FrameRule("audio-clock").counts(5, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "head", "tail", "reason"),
    [
        ("half", 0, 0, "expected a frame rule among"),
        ("trims", -1, 2, "from 0 on"),
        ("trims", 0, 0, "the rule is 'identity'"),
        ("identity", 0, 1, "no trimmed frames with the rule 'identity'"),
        ("audio-clock", 1, 0, "no trimmed frames with the rule 'audio-clock'"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(kind: str, head: int, tail: int, reason: str) -> None:
    with pytest.raises(DriveError, match=reason):
        FrameRule(kind, head, tail)  # type: ignore[arg-type]


def test_a_rule_reads_as_a_sentence() -> None:
    assert str(FrameRule("identity")) == "identity"
    assert str(FrameRule("trims", 2, 1)) == "trims 2 at the begin, 1 at the end"
    assert str(FrameRule("audio-clock", tail=3)) == "audio clock, up to 3 frames fewer"
