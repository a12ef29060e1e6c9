from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.layout.names import FEED_STEMS
from feed_dataset.synthetic.motion.actions import ARKIT_NAMES, VISEMES
from feed_dataset.synthetic.motion.timeline import NEUTRAL, PROGRAMMES, Take, make_take
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.settings import STEMS, SUBJECTS

ALL = [*PROGRAMMES, "speech"]


def take(stem: str, *, seed: int = 0, subject: str = "S01", frames: int = 50) -> Take:
    return make_take(stem, seed=seed, subject=subject, frame_count=frames, fps=25)


def column(made: Take, name: str) -> np.ndarray:
    return np.array([e.coefficients.get(name, 0.0) for e in made.expressions])


def test_every_stem_of_feed_has_a_programme() -> None:
    assert set(PROGRAMMES) == set(FEED_STEMS)
    assert len(ARKIT_NAMES) == 52 and list(ARKIT_NAMES) == sorted(set(ARKIT_NAMES))


@pytest.mark.parametrize("stem", ALL)
@pytest.mark.parametrize("subject", ["S01", "S06", "R17"])
def test_takes_are_sound(stem: str, subject: str) -> None:
    made = take(stem, subject=subject)
    assert len(made.expressions) == len(made.items) == len(made.visemes) == 50
    assert made.expressions[0] == Expression() and made.items[0] == NEUTRAL, "begins neutral and frontal"
    for expression in made.expressions:
        assert set(expression.coefficients) <= set(ARKIT_NAMES)
        assert all(0 <= value <= 1.2 for value in expression.coefficients.values())
        assert all(0 <= value <= 1.2 for value in expression.units.values())
        assert np.abs(expression.head_deg).max() < 50 and np.abs(expression.gaze_deg).max() < 35
        assert np.abs(expression.translation_dm).max() < 0.1


@pytest.mark.parametrize("stem", ALL)
def test_motion_is_smooth(stem: str) -> None:
    made = take(stem)
    rows = np.stack([column(made, name) for name in ARKIT_NAMES], 1)
    assert np.abs(np.diff(rows, axis=0)).max() < 0.75, "a blink is the fastest"
    head = np.array([e.head_deg for e in made.expressions])
    assert np.abs(np.diff(head, axis=0)).max() < 12, "degrees per frame: 300 per second"


@pytest.mark.parametrize("stem", ALL)
def test_same_seed_same_take(stem: str) -> None:
    first, again, other = take(stem), take(stem), take(stem, seed=1)
    assert first.expressions == again.expressions and first.items == again.items
    assert first.expressions != other.expressions
    assert first.expressions != take(stem, subject="S02").expressions


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem != "speech"])
def test_a_short_take_has_two_or_three_items(stem: str) -> None:
    for subject in SUBJECTS:
        items = dict.fromkeys(item for item in take(stem, subject=subject).items if item != NEUTRAL)
        assert 2 <= len(items) <= 3, (subject, items)


def test_a_long_take_has_all_items() -> None:
    made = take("random", frames=25 * 20)
    assert set(made.items) - {NEUTRAL} == set(PROGRAMMES["random"].actions)


def test_what_each_task_is_about() -> None:
    strong = max(max(e.coefficients.values(), default=0) for e in take("MAU_strong").expressions)
    assert strong > 0.85
    rotation = np.array([e.head_deg for e in take("rotations").expressions])
    assert np.abs(rotation).max() > 13
    gaze = np.array([e.gaze_deg for e in take("eyes").expressions])
    assert np.abs(gaze).max() > 12
    asymmetric = take("FF_NR")
    difference = max(
        np.abs(column(asymmetric, name) - column(asymmetric, name.replace("Left", "Right"))).max()
        for name in ARKIT_NAMES
        if name.endswith("Left")
    )
    assert difference > 0.7
    assert any(e.tongue is not None and e.tongue.protrude > 0.6 for e in take("tongue_em").expressions)
    assert any(e.tongue is not None for e in take("tongue_rot").expressions)
    winks = take("blinks", frames=100)
    assert np.abs(column(winks, "eyeBlinkLeft") - column(winks, "eyeBlinkRight")).max() > 0.8
    still = np.array([e.head_deg for e in take("FF_NR").expressions])
    assert np.abs(still).max() < 4 < np.abs([e.head_deg for e in take("FF").expressions]).max()


def test_mild_is_half_of_strong() -> None:
    def peak(stem: str) -> float:
        made = take(stem, frames=300)
        return max(column(made, name).max() for name in ARKIT_NAMES if "Blink" not in name)

    assert 0.4 < peak("MAU_mild") <= 0.5 < 0.85 < peak("MAU_strong")


def test_extreme_takes_open_the_mouth_first() -> None:
    for subject in SUBJECTS:
        first = next(item for item in take("random", subject=subject).items if item != NEUTRAL)
        assert first in ("scream", "crazy_laugh", "grimace")


def test_visemes_only_in_speech() -> None:
    assert set(take("random").visemes) == {"sil"}
    spoken = take("speech")
    assert set(spoken.visemes) <= set(VISEMES) and len(set(spoken.visemes)) > 4
    assert spoken.utterance is not None


def test_wrong_input() -> None:
    with pytest.raises(ValueError, match="'smile'"):
        take("smile")
    with pytest.raises(ValueError, match="at least one frame"):
        take("random", frames=0)


def test_a_tongue_shown_throughout_is_out_soon() -> None:
    """However long the take: within a second, and until a second before its end."""
    for seconds in (2, 12):
        take = make_take("tongue_rot", seed=0, subject="S01", frame_count=25 * seconds, fps=25)
        out = [0.0 if e.tongue is None else e.tongue.protrude for e in take.expressions]
        assert out[0] == 0 and min(out[25 : 25 * (seconds - 1)], default=1.0) > 0.95
        assert max(out) > 0.95


def test_a_take_that_ends_before_it_starts_is_neutral() -> None:
    take = make_take("random", seed=0, subject="S01", frame_count=2, fps=25)
    assert take.items == (NEUTRAL, NEUTRAL) and not take.expressions[1].coefficients
