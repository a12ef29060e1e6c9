"""Who speaks, and what."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.voices.speakers import choose_speakers, variants
from feed_dataset.synthetic.voices.texts import draw_sentences, languages


def test_nobody_is_in_both_parts() -> None:
    train, test = ({name for seed in (0, 1, 10) for name in _identities(part, seed)} for part in ("train", "test"))
    assert not train & test


def _identities(part: str, seed: int) -> list[str]:
    speakers = choose_speakers(60, part=part, seed=seed)  # type: ignore[arg-type]
    return [one.subject for one in speakers] + [one.voice.variant for one in speakers]


def test_twelve_held_out_speakers_have_twelve_voices_and_all_languages() -> None:
    speakers = choose_speakers(12, part="test")
    assert len({one.voice.variant for one in speakers}) == len({one.subject for one in speakers}) == 12
    assert {one.voice.language for one in speakers} == set(languages())


def test_more_speakers_begin_with_the_fewer() -> None:
    assert choose_speakers(9, part="train", seed=3)[:4] == choose_speakers(4, part="train", seed=3)
    assert choose_speakers(4, part="train", seed=3) != choose_speakers(4, part="train", seed=4)


def test_women_and_men_speak_every_language() -> None:
    for part in ("train", "test"):
        speakers = choose_speakers(12, part=part)  # type: ignore[arg-type]
        women = {one.voice.language for one in speakers if one.voice.variant in variants(part)["female"]}  # type: ignore[arg-type]
        men = {one.voice.language for one in speakers if one.voice.variant in variants(part)["male"]}  # type: ignore[arg-type]
        assert women == men == set(languages())


def test_faces_fit_voices() -> None:
    for one in choose_speakers(12, part="test"):
        male = one.voice.variant in variants("test")["male"]
        assert random_subject(int(one.subject[1:])).male == male


def test_languages_can_be_chosen() -> None:
    assert {one.voice.language for one in choose_speakers(5, part="train", spoken=("de", "pl"))} == {"de", "pl"}
    with pytest.raises(FeedError, match="language"):
        choose_speakers(5, part="train", spoken=("klingon",))
    with pytest.raises(FeedError, match="at least 1 speaker"):
        choose_speakers(0, part="train")


@pytest.mark.parametrize("language", languages())
def test_texts_are_filled_and_seeded(language: str) -> None:
    texts = [draw_sentences(np.random.default_rng(seed), language, 3) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2] and len(set(texts[0])) == 3
    assert not set("{}") & set("".join(texts[0]))
