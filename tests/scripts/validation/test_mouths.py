"""Rendered mouths, and what is printed of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.features.extractors.tongue_untellable import Untellable
from feed_dataset.core.jobs.errors import WeightsUnavailable
from scripts.validate_tongue import rendered
from scripts.validation.mouth_material import mouths, photographed
from scripts.validation.mouths import CHOSEN, HELD_OUT, LIGHTS, LIPS, TONGUES, Cast, Lighting, Look, items, protrusion
from scripts.validation.tongue_figures import SeenMouths, report

LOOK = Look("pink", "own", "studio")


def test_nobody_and_nothing_held_out_was_chosen_on() -> None:
    assert not set(CHOSEN.people) & set(HELD_OUT.people)
    assert not set(CHOSEN.tongues) & set(HELD_OUT.tongues)
    assert not set(CHOSEN.lights) & set(HELD_OUT.lights)
    assert set(CHOSEN.lips) & set(HELD_OUT.lips) == {"own"}
    assert {*CHOSEN.tongues, *HELD_OUT.tongues} == TONGUES.keys()
    assert {*CHOSEN.lips, *HELD_OUT.lips} == LIPS.keys()
    assert {*CHOSEN.lights, *HELD_OUT.lights} == LIGHTS.keys()


@pytest.mark.parametrize("cast", [CHOSEN, HELD_OUT])
def test_every_light_meets_every_colour(cast: Cast) -> None:
    looks = {look for person in cast.people for look in cast.looks(person)}
    assert {(one.light, one.tongue) for one in looks} == {(a, b) for a in cast.lights for b in cast.tongues}
    assert {(one.light, one.lips) for one in looks} == {(a, b) for a in cast.lights for b in cast.lips}


def test_items_say_how_far_the_tongue_is_out() -> None:
    performed = items()
    assert next(iter(performed)) == "neutral"
    for name, expression in performed.items():
        bend = 0.0 if expression.tongue is None else expression.tongue.protrude
        assert (protrusion(name) > 0) == (bend > 0.05), name


def test_a_camera_keeps_the_picture_and_shifts_its_colours() -> None:
    grey = np.full((32, 32, 3), 120, np.uint8)
    grey[:, :16] = 60
    plain, warm, mirrored = (
        photographed(grey, one, np.random.default_rng(0)).astype(float)
        for one in (Lighting(), Lighting(balance=(1.25, 1.0, 0.62)), Lighting(mirrored=True))
    )
    assert np.abs(plain - grey).mean() < 4
    assert warm[..., 0].mean() > plain[..., 0].mean() + 4 and warm[..., 2].mean() < plain[..., 2].mean() - 10
    assert mirrored[:, :16].mean() > mirrored[:, 16:].mean() + 50


def clip(*seen: str, why: Untellable = Untellable.NO, person: str = "S01", look: Look = LOOK) -> SeenMouths:
    return SeenMouths(person, look, np.array([name in seen for name in items()]), why)


def test_the_report_counts_hits_alarms_and_what_is_not_told() -> None:
    clips = [
        clip("out_tongue_out_0.7", "out_tongue_out_1", "scream"),
        clip("out_tongue_out_1", person="S02"),
        clip("aa", why=Untellable.BLUE_LIPS, look=Look("red", "red", "dim")),
    ]
    text = report(clips)
    inside = sum(protrusion(name) == 0 for name in items()) - 1
    assert text.startswith("3 clips of 2 people; told: 2, not told: 1 blue lips")
    assert "tongue_out_1         seen 2 of 2 = 1.00" in text
    assert "tongue pink           told 2 of 2; straight out by 0.7 or more seen 3 of 4 = 0.75" in text
    assert "light dim            told 0 of 1; straight out by 0.7 or more seen -" in text
    assert f"{1000 / (2 * inside):.1f} false alarms per 1,000 of {2 * inside} frames (scream 1)" in text
    assert "clips with one: 1 of 2" in text


def test_what_the_extractor_says_is_taken_relative_to_the_first_frame() -> None:
    rows = np.zeros((len(items()), 4))
    rows[:, 1], rows[:, 2] = 0.02, 0.01
    rows[1, 1:3] = 0.051, 0.0141
    rows[2, 1:3] = 0.049, 0.0141
    rows[3, 1:3] = 0.051, 0.0139
    assert SeenMouths.of("S01", LOOK, rows).out[:4].tolist() == [False, True, False, False]
    rows[0] = np.nan
    with pytest.raises(ValueError, match="expected a face in the first picture of S01"):
        SeenMouths.of("S01", LOOK, rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from feed_dataset.core.weights import resolve

    try:
        resolve("face-mesh", fetch=False)
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    return tmp_path_factory.mktemp("mouths")


def test_a_tongue_that_is_out_is_seen_and_one_that_lies_in_the_mouth_is_not(folder: Path) -> None:
    cast = Cast(("S03",), ("coated",), ("own",), ("studio",))
    text = rendered(cast, folder)
    for item in ("tongue_out_0.7", "tongue_out_1", "tongue_left_1", "tongue_right_1"):
        assert f"{item:20} seen 1 of 1" in text
    assert "tongue inside: 0.0 false alarms per 1,000" in text
    (again,) = mouths(cast, "S03", folder)  # read back
    assert again.tongue_px[list(items()).index("out_tongue_out_1")] > 200 > again.tongue_px[0]
