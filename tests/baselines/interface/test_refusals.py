"""What a method is refused for, and what is said of one that runs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from baselines.interface.capabilities import Capabilities
from baselines.interface.frame_rule import FrameRule
from baselines.interface.refusals import Request, reads_drivers, refusal, remarks, seen_people

PEOPLE = ("feed/S01", "feed/S02", "photo/grace_hopper")
SILENT = {"parallel_safe": True}


def able(*drives: str, **fields: Any) -> Capabilities:
    return Capabilities(**{"drives": frozenset(drives), "licence": "MIT", **fields})


def asking(*gives: str, **fields: Any) -> Request:
    return Request(gives=gives or ("image",), **fields)


@pytest.mark.parametrize(
    ("card", "gives", "expected"),
    [
        (able(), {"audio"}, None),
        (able(), (), None),
        (able("image"), {"image", "audio"}, None),
        (able("image"), {"audio"}, "is driven by image frames, but the protocol gives audio"),
        (able("image"), (), "is driven by image frames, but the protocol gives only the source and the first frame"),
        (able("image", "audio"), {"audio"}, None),
        (able("image", "pose"), {"audio"}, "is driven by image frames or head poses, but the protocol gives audio"),
        (able("audio", "pose", requires={"audio"}), {"audio"}, None),
        (
            able("audio", "pose", requires={"audio", "pose"}),
            {"image", "audio"},
            "needs head poses to drive it, but the protocol gives image frames and audio",
        ),
    ],
)
def test_a_method_is_refused_for_what_the_protocol_does_not_give(
    card: Capabilities, gives: set[str], expected: str | None
) -> None:
    assert refusal(card, Request(gives=gives)) == expected


def test_latents_are_asked_for() -> None:
    asked = asking(needs_latents=True)
    assert refusal(able("image"), asked) == "gives no expression descriptors z, which the protocol measures"
    assert refusal(able("image", has_latents=True), asked) is None


@pytest.mark.parametrize(
    ("asked", "field", "good", "bad", "reason"),
    [
        ({"may_optimise": False}, "needs_optimisation", False, True, "is trained on every source"),
        ({"motion": "absolute"}, "motion", "absolute", "relative", "has relative motion"),
        ({"needs_seed": True}, "seeded", True, False, "gives other frames each time"),
        ({"needs_unseen": True, "people": PEOPLE}, "trained_on", {"HDTF"}, {"FEED/S02"}, "was trained on feed/S02"),
    ],
)
def test_what_a_protocol_asks_for_refuses_the_other_kind_and_the_unknown(
    asked: dict[str, Any], field: str, good: Any, bad: Any, reason: str
) -> None:
    assert refusal(able("image", **{field: good}), asking(**asked)) is None
    assert str(refusal(able("image", **{field: bad}), asking(**asked))).startswith(reason)
    assert f"say {field}=" in str(refusal(able("image"), asking(**asked)))
    for value in (good, bad, None):
        assert refusal(able("image", **{field: value}), asking()) is None  # a protocol that does not ask


def test_people_are_seen_by_name_or_with_their_corpus() -> None:
    assert seen_people(able("image"), PEOPLE) is None
    assert seen_people(able("image", trained_on={"VoxCeleb2", "FEED/S1"}), PEOPLE) == ()
    assert seen_people(able("image", trained_on={"FEED/S01"}), PEOPLE) == ("feed/S01",)
    assert seen_people(able("image", trained_on={"FEED"}), PEOPLE) == ("feed/S01", "feed/S02")


def test_a_machine_without_a_gpu_or_with_other_versions_is_refused() -> None:
    assert "give --device cuda" in str(refusal(able("image", needs_gpu=True), asking()))
    assert refusal(able("image", needs_gpu=True), asking(device="cuda:1")) is None
    assert refusal(able("image"), asking()) is None  # unknown: it is tried
    old = able("image", python=">=3.8,<3.11", torch="<2")
    here = {"python": "3.12.1", "torch": "1.13.1"}
    assert str(refusal(old, asking(versions=here))).startswith("wants python >=3.8,<3.11, but")
    assert refusal(old, asking()) is None  # its code runs in another interpreter
    assert "wants torch <2" in str(refusal(old, asking(versions={"python": "3.10.2", "torch": "2.1"})))


def test_trimmed_frames_are_lost_only_where_a_video_may_end_early() -> None:
    tail, head = able("image", frame_rule=FrameRule("trims", tail=2)), FrameRule("trims", head=2, tail=2)
    assert refusal(tail, asking(whole_videos=True)) is None
    assert "repeat the driver's first and last frame" in str(refusal(tail, asking()))
    assert "the first 2 and the last 2" in str(refusal(able("image", frame_rule=head), asking(whole_videos=True)))


@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        ((50, 50, Fraction(25)), None),
        ((50, 6, Fraction(25, 9)), "uses 6 of the 50 frames of S01/speech"),
        ((50, 50, Fraction(30)), "gives 25 frames for each second of audio, but S01/speech has 30"),
    ],
)
def test_an_audio_clock_needs_whole_drivers_of_its_rate(driver: tuple[int, int, Fraction], reason: str | None) -> None:
    card = able("audio", "image", frame_rule="audio-clock", fps=25)
    assert reads_drivers(card)
    found = refusal(card, asking("audio", drivers={"S01/speech": driver}))
    assert (found is None) if reason is None else (reason in str(found))
    assert "but the protocol gives image frames" in str(refusal(card, asking("image")))


@pytest.mark.parametrize(
    ("fields", "asked", "expected"),
    [
        ({"size_px": 128}, {}, "works at 128 px; its frames are scaled to 256 px"),
        ({"size_px": 256}, {}, None),
        ({}, {}, None),
        ({"needs_optimisation": True}, {}, "is trained on every source"),
        ({"trained_on": {"feed"}}, {"people": PEOPLE}, "was trained on 2 of the 3 people here: feed/S01, feed/S02"),
        ({"crop": "own"}, {}, "crops again by itself"),
        ({"crop": "whole"}, {}, "is given square face crops"),
        ({"crop": "face"}, {}, None),
        ({"seeded": False}, {}, "gives other frames each time"),
        ({"fps": 25}, {"drivers": {"a": (9, 9, Fraction(30))}}, "works at 25 fps; its frames are shown at"),
        ({"fps": 25}, {"drivers": {"a": (9, 9, Fraction(25))}}, None),
        ({"parallel_safe": False}, {}, "may not run twice at once; it makes one case at a time"),
        ({"parallel_safe": None}, {}, "does not say that it may run twice at once"),
        ({"parallel_safe": None}, {"whole_videos": True}, None),  # a command makes all cases in one go
        ({"hears": {"English"}}, {"spoken": ["English", "Polish"]}, "alone; 1 of the 2 cases are in Polish"),
        ({"hears": {"english", "Polish"}}, {"spoken": ["English", "Polish"]}, None),
        ({"hears": None}, {"spoken": ["Polish"]}, None),
        ({"licence": "Unknown"}, {}, "has an unknown licence"),
        ({"weights_licence": "unknown"}, {}, "has an unknown licence"),
        ({"frame_rule": FrameRule("trims", tail=2)}, {"whole_videos": True}, "gives no frame for the last 2"),
    ],
)
def test_remarks(fields: dict[str, Any], asked: dict[str, Any], expected: str | None) -> None:
    found = remarks(able("image", **{**SILENT, **fields}), asking(**asked), size_px=256)
    assert len(found) == (expected is not None)
    assert expected is None or found[0].startswith(expected) or expected in found[0]
