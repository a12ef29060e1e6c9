"""What all methods of this package have in common, as a card to start from."""

from __future__ import annotations

from baselines.interface.capabilities import Capabilities
from baselines.interface.frame_rule import FrameRule

OWN_CARD = Capabilities(
    drives=frozenset({"image"}),
    licence="Apache-2.0",
    crop="face",
    motion="absolute",
    frame_rule=FrameRule("identity"),
    needs_optimisation=False,
    needs_gpu=False,
    seeded=True,
    lossless=True,
    parallel_safe=True,
    trained_on=frozenset(),
)
"""Without any training; `dataclasses.replace` says what is different of one method."""
