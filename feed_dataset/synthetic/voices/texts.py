"""What is said: sentences of our own with numbers and things drawn by a seed, in several languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

_FILE = Path(__file__).with_name("sentences.toml")
_NUMBERS = (2, 99)


@dataclass(frozen=True)
class Language:
    """What is said in one language; its key is the name of eSpeak's voice."""

    name: str
    sentences: tuple[str, ...]
    things: tuple[str, ...]


@cache
def languages() -> Mapping[str, Language]:
    """By eSpeak's name, such as "en-us"."""
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {key: Language(one["name"], tuple(one["sentences"]), tuple(one["things"])) for key, one in content.items()}


def draw_sentences(rng: np.random.Generator, language: str, count: int) -> tuple[str, ...]:
    """Different sentences, as long as there are any; the same state of the generator gives the same."""
    words = languages()[language]
    said = []
    for index in rng.choice(len(words.sentences), size=count, replace=count > len(words.sentences)):
        a, b = rng.choice(words.things, size=2, replace=False)
        said.append(words.sentences[index].format(n=int(rng.integers(*_NUMBERS, endpoint=True)), a=a, b=b))
    return tuple(said)
