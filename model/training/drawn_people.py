"""Rendered people drawn when they are asked for, so that a training needs no set on disk."""

from __future__ import annotations

from collections import OrderedDict, defaultdict

from feed_dataset.synthetic.takes.training_set import PersonPainter, TrainingSetSpec, training_topology
from model.networks.errors import ModelError
from model.training.people import Person, companions_in, person_of, recalled

_PAINTERS = 8  # heads that are kept, some 10 MiB each


class DrawnPeople:
    """The people of a rendered set that nobody wrote: each state is drawn when it is asked for.

    They are those of `scripts/render_training_set.py` with the same settings, pixel by pixel.

    Args:
        spec: the set.
        keep_mib: of states that were drawn before.
    """

    has_parts = True

    def __init__(self, spec: TrainingSetSpec, *, keep_mib: float = 512) -> None:
        if spec.people < 1:
            raise ModelError(f"expected at least 1 rendered person but got {spec.people}")
        self.spec, self.states, self.size_px = spec, spec.states, spec.size_px
        self._topology = training_topology()  # here, once: processes that make batches share it
        self._painters: OrderedDict[int, PersonPainter] = OrderedDict()
        self._kept: OrderedDict[tuple[int, int], Person] = OrderedDict()
        self._most_kept = max(1, int(keep_mib * (1 << 20) / (4 * spec.size_px**2)))  # three colours and a label

    def __len__(self) -> int:
        return self.spec.people

    def who(self, number: int) -> str:
        return f"the rendered person of seed {self.spec.first_seed + number}"

    def in_state(self, number: int, state: int) -> Person:
        """Somebody in one state."""
        return recalled(self._kept, (number, state), self._most_kept, lambda: self._draw(number, state))

    def companions(self) -> dict[int, tuple[int, ...]]:
        """By group: nobody is drawn for it."""
        alike: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self)):
            alike[self.spec.group_of(self.spec.first_seed + number)].append(number)
        return companions_in(alike.values())

    def _draw(self, number: int, state: int) -> Person:
        seed = self.spec.first_seed + number
        painter = recalled(
            self._painters, number, _PAINTERS, lambda: PersonPainter(self._topology, seed, self.size_px, threads=1)
        )
        return person_of(painter.pictures([self.spec.states_of(seed)[state]]), self.size_px, has_parts=True)
