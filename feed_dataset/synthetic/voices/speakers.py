"""Who speaks: a voice, a language, a rendered person, and a manner of moving."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.voices.espeak import Voice
from feed_dataset.synthetic.voices.texts import languages

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = get_args(Part)
_FILE = Path(__file__).with_name("speakers.toml")
_FIRST_PERSON = 2_000_000  # seeds of people; no other set has these
_SEXES = ("female", "male")
_STEP = 100  # seeds for each speaker: half for either part, of which the first whose sex is the voice's is taken
_PITCH, _RANGE, _WORDS_PER_MINUTE = (35, 65), (35, 70), (130, 190)


@dataclass(frozen=True)
class Speaker:
    """One speaker of a set.

    Args:
        name: of its folder, such as "en-us_f3_2000000".
        subject: "R<seed>", the rendered person.
        seed: of everything that it says and does.
    """

    name: str
    part: Part
    voice: Voice
    subject: str
    seed: int


@cache
def variants(part: Part) -> Mapping[str, tuple[str, ...]]:
    """The voices of a part, by sex; a voice is in one part."""
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))[part]
    return {sex: tuple(names) for sex, names in content.items()}


def choose_speakers(count: int, *, part: Part, spoken: Sequence[str] = (), seed: int = 0) -> tuple[Speaker, ...]:
    """Women and men in turns, with different voices as long as there are any; languages take turns, too.

    The same arguments give the same speakers, and more of them begin with the fewer. People and voices of "test" are
    nobody of "train".

    Args:
        spoken: eSpeak's names of languages; all that there are sentences in by default.

    Raises:
        FeedError: an unknown language, or no speaker.
    """
    known = languages()
    for language in spoken:
        if language not in known:
            raise FeedError(unknown("language", language, known))
    if count < 1 or seed < 0:
        raise FeedError(f"expected at least 1 speaker and a seed of 0 or more but got {count} and {seed}")
    rng = np.random.default_rng([seed, PARTS.index(part)])
    order = {sex: [names[place] for place in rng.permutation(len(names))] for sex, names in variants(part).items()}
    turns = tuple(dict.fromkeys(spoken)) or tuple(known)
    return tuple(_speaker(number, order, turns, part, seed) for number in range(count))


def _speaker(number: int, order: Mapping[str, Sequence[str]], turns: Sequence[str], part: Part, seed: int) -> Speaker:
    sex = _SEXES[number % len(_SEXES)]
    variant = order[sex][number // len(_SEXES) % len(order[sex])]
    first = _FIRST_PERSON + (seed * 1000 + number) * _STEP + PARTS.index(part) * _STEP // 2
    person = next(one for one in range(first, first + _STEP // 2) if random_subject(one).male == (sex == "male"))
    rng = np.random.default_rng(person)
    pitch, lively, words = (int(rng.integers(*span, endpoint=True)) for span in (_PITCH, _RANGE, _WORDS_PER_MINUTE))
    language = turns[(number + number // len(turns)) % len(turns)]  # one step on in each round: both sexes speak all
    voice = Voice(language, variant, pitch, lively, words)
    return Speaker(f"{language}_{variant}_{person}", part, voice, f"R{person}", person)
