"""Two corpora and held-out people out of one rendered set, in the roles of the paper's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.networks.errors import ModelError
from model.training.corpora import RenderedCorpus
from model.training.people import RenderedPeople

ORDINARY_BELOW, EXTREME_ABOVE = 0.5, 0.6
"""Quantiles of how far a state moves the face, over all states of the people to train on."""
HELD_OUT_PEOPLE = 64
"""The last ones of a set. `scripts.train_perceptual` holds out the same: its network measures here."""


@dataclass(frozen=True)
class Roles:
    """Who is what. People who share their states are always in one role.

    Args:
        ordinary: VoxCeleb2: many people, the milder half of their states.
        extreme: FEED: few people, the strongest 40 % of their states.
        held_out: people that no training draws, in every state.
    """

    people: RenderedPeople
    ordinary: RenderedCorpus
    extreme: RenderedCorpus
    held_out: tuple[int, ...]


def roles_of(people: RenderedPeople, extreme_people: int, held_out: int) -> Roles:
    """The last people are held out, those before are the extreme corpus, all others the ordinary one.

    Raises:
        ModelError: too few people, or none with two states of a kind.
    """
    train = len(people) - held_out - extreme_people
    if train < 2:
        raise ModelError(f"expected more than {held_out + extreme_people + 1} people but got {len(people)}")
    moved = np.stack([people.person(number).moved for number in range(len(people) - held_out)])
    mild, strong = np.quantile(moved, ORDINARY_BELOW), np.quantile(moved, EXTREME_ABOVE)
    ordinary = {number: tuple(np.flatnonzero(moved[number] <= mild).tolist()) for number in range(train)}
    extreme = {number: tuple(np.flatnonzero(moved[number] >= strong).tolist()) for number in range(train, len(moved))}
    both = []
    for states, name in ((ordinary, "ordinary, many people"), (extreme, "extreme, few people")):
        enough = {number: own for number, own in states.items() if len(own) >= 2}
        if len(enough) < 4:
            raise ModelError(f"expected at least 4 people with two states for {name!r} but got {len(enough)}")
        both.append(RenderedCorpus(people, enough, name=name))
    return Roles(people, both[0], both[1], tuple(range(len(moved), len(people))))


def check_unseen(roles: Roles, seeds_seen: Sequence[str]) -> None:
    """Raises ModelError where somebody held out is among the people that the measuring network was trained on.

    Args:
        seeds_seen: first and last of them, by the network's card.
    """
    first, last = seeds_seen
    seen = [name for name in (roles.people.files[number].stem for number in roles.held_out) if first <= name <= last]
    if seen:
        raise ModelError(
            f"expected held-out people whom the perceptual network never saw but it was trained on {first} to {last},"
            f" {len(seen)} of them among those; hold out others with --held-out, or use another set"
        )
