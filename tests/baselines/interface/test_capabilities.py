"""What a method declares."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from baselines.interface.capabilities import Capabilities
from baselines.interface.errors import DriveError
from baselines.interface.frame_rule import FrameRule


def able(*drives: str, **fields: Any) -> Capabilities:
    return Capabilities(drives=frozenset(drives), licence="MIT", **fields)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"drives": {"images"}}, "expected drives to be a set of image, audio, pose but got {'images'}"),
        ({"drives": "image"}, "expected drives to be a set of image, audio, pose but got 'image'"),
        ({"drives": 5}, "expected drives to be a set of image, audio, pose but got 5"),
        ({"requires": {"sound"}}, "expected requires to be a set"),
        ({"requires": {"audio"}}, "expected requires to be among drives but got audio besides"),
        ({"licence": " "}, "write 'unknown'"),
        ({"licence": None}, "expected licence as a text but got None; write 'unknown'"),
        ({"weights_licence": ""}, "expected weights_licence as a text but got ''; leave it out"),
        ({"size_px": 0}, "expected size_px to be positive"),
        ({"fps": 0}, "expected fps to be positive"),
        ({"fps": "fast"}, "expected fps to be a number or a text such as '30000/1001'"),
        ({"crop": "square"}, "expected crop among face, own, whole but got 'square'"),
        ({"motion": "both"}, "expected motion among absolute, relative"),
        ({"frame_rule": "some"}, "expected a frame rule among identity, trims, audio-clock but got 'some'"),
        ({"frame_rule": 3}, "expected frame_rule to be a FrameRule or its kind but got 3"),
        ({"frame_rule": "audio-clock"}, "expected audio among drives with the frame rule 'audio-clock'"),
        ({"drives": {"audio"}, "frame_rule": "audio-clock"}, "expected fps with the frame rule 'audio-clock'"),
        ({"needs_gpu": "yes"}, "expected needs_gpu to be True, False or None but got 'yes'"),
        ({"trained_on": "FEED"}, "expected trained_on to be a set of names of corpora or people but got 'FEED'"),
        ({"reads_with": {" "}}, "expected reads_with to be a set of names of networks"),
        ({"python": "3.8 or newer"}, "expected versions of python such as"),
        ({"torch": "~=2.0"}, "expected versions of torch such as"),
        ({"commit": "c0ffee"}, "expected commit to be 40 hexadecimal digits but got 'c0ffee'"),
    ],
)
def test_fields_that_no_method_can_have_are_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(DriveError, match=reason):
        Capabilities(**{"drives": {"image"}, "licence": "MIT", **fields})


def test_a_plain_set_becomes_a_frozen_one() -> None:
    assert Capabilities(drives={"image"}, licence="MIT") == able("image")
    assert len({able("image"), Capabilities(drives={"image"}, licence="MIT")}) == 1


def test_a_card_with_drives_and_licence_alone_is_whole_and_says_what_is_unknown() -> None:
    plain = able("image")
    assert set(plain.unknown()) == {
        *("crop", "motion", "frame_rule", "lossless", "needs_optimisation", "needs_gpu", "seeded", "parallel_safe"),
        *("trained_on", "python", "torch", "paper", "repository", "commit"),
    }
    assert "motion" not in able("image", motion="relative").unknown()


def test_plain_values_become_the_types_that_are_read() -> None:
    card = able("audio", fps="30000/1001", frame_rule="audio-clock", trained_on=["HDTF"], commit="ab" * 20)
    assert card.fps == Fraction(30000, 1001)
    assert card.frame_rule == FrameRule("audio-clock")
    assert card.trained_on == {"HDTF"}
    assert able("audio", hears=["English"]).hears == {"English"}
    assert able("image", fps=25).fps == Fraction(25)
