"""docs/method-card.md speaks of every field, and its example runs."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from baselines.interface.capabilities import Capabilities
from benchmark.protocols.protocol import MethodRequirements

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "method-card.md").read_text(encoding="utf-8")


def test_the_table_has_every_field_once() -> None:
    # The page's first table; the one on measured times names no fields of a card.
    table = PAGE[PAGE.index("\n| `name`") + 1 :].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines()]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(["name", *(field.name for field in fields(Capabilities))])


def test_every_demand_of_a_protocol_is_named() -> None:
    for name in MethodRequirements.model_fields:
        assert f"  {name}: " in PAGE
        assert name in PAGE[: PAGE.index("```yaml")]


def test_the_example_is_a_card() -> None:
    namespace: dict[str, object] = {}
    exec(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0], namespace)
    card = namespace["card"]
    assert isinstance(card, Capabilities)
    assert card.unknown() == (*("crop", "lossless", "needs_optimisation", "needs_gpu", "python", "torch", "paper"),)
