"""The corpus that a folder holds (rendered people, or videos in the layout of FEED or VoxCeleb2), or that is drawn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from feed_dataset.corpora import load_corpus
from feed_dataset.pairs.corpus_pairs import CorpusPairs
from feed_dataset.pairs.pairs import FeedPairs
from feed_dataset.pairs.videos import VideoPairs
from feed_dataset.synthetic.takes.training_set import TrainingSetSpec
from model.networks.errors import ModelError
from model.training.corpora import RenderedCorpus, VideoCorpus
from model.training.drawn_people import DrawnPeople
from model.training.pairs import Corpus
from model.training.people import RenderedPeople

LAYOUTS = ("feed", "voxceleb2")
_ENDLESS = 1 << 40  # pairs are drawn by number, and a training never runs out of them


def open_corpus(folder: Path, crops: Path | None = None, *, size_px: int, cross: bool = False) -> Corpus:
    """Pairs as the paper draws them.

    Of FEED winks, tongue, extreme and asymmetric tasks, both frames from one camera; of VoxCeleb2 two frames of an
    utterance of its part "dev".

    Args:
        folder: with `*.npz` a rendered set, else videos.
        crops: face crops of these videos (`prepare`).
        size_px: of the pictures.
        cross: of rendered people, pairs with cross-reenactment targets.

    Raises:
        ModelError: there is no corpus in the folder.
    """
    if any(folder.glob("*.npz")):
        if crops is not None:
            raise ModelError(f"expected no face crops of rendered people ({folder}) but got {crops}")
        return RenderedCorpus(RenderedPeople(folder, size_px), cross=cross, name=f"rendered people ({folder.name})")
    layout = layout_of(folder)
    pairs: VideoPairs
    if layout == "feed":
        pairs = FeedPairs(folder, size_px=size_px, pairs=_ENDLESS, prepared=crops)
        return VideoCorpus(pairs, name=f"videos ({folder.name})", crops=crops)
    pairs = CorpusPairs(layout, folder, size_px=size_px, pairs=_ENDLESS, prepared=crops)
    return VideoCorpus(pairs, name=f"{layout} ({folder.name})", crops=crops)


def draw_corpus(people: int, first_seed: int, *, size_px: int, cross: bool = False) -> Corpus:
    """Pairs of rendered people who are drawn as they are needed, of consecutive seeds; other arguments as above."""
    drawn = DrawnPeople(TrainingSetSpec(first_seed, people, size_px=size_px))
    name = f"rendered people of the seeds {first_seed} to {first_seed + people - 1}, drawn as needed"
    return RenderedCorpus(drawn, cross=cross, name=name)


def layout_of(folder: Path) -> str:
    """The corpus whose names the first file that has any of them has. Raises ModelError where none has."""
    corpora = {name: load_corpus(name) for name in LAYOUTS}
    for path in _files(folder):
        for name, corpus in corpora.items():
            if corpus.accepts(path) and not isinstance(corpus.parse(path.relative_to(folder), folder.name), str):
                return name
    wanted = " or ".join(corpus.pattern for corpus in corpora.values())
    raise ModelError(f"expected rendered people (*.npz) or videos {wanted} below {folder} but there are none")


def _files(folder: Path) -> Iterator[Path]:
    """One by one: the whole list of a large corpus takes minutes."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else sorted(folders)
        seen.add(real)
        yield from (Path(place, name) for name in sorted(names))
