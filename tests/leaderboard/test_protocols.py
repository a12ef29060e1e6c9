from __future__ import annotations

import json

from benchmark.protocols import protocol
from leaderboard.rules.known import known_protocols
from scripts import export_protocols


def test_exported_case_lists_are_those_of_the_benchmark() -> None:
    """After a change of a protocol or of feed-mini: python -m scripts.export_protocols."""
    document = export_protocols.document()
    names = [entry["name"] for entry in document["protocols"]]
    assert names == ["feed-mini-cross", "feed-mini-multiview", "feed-mini-self", "feed-mini-sound", "feed-mini-speech"]
    assert json.loads(export_protocols.TARGET.read_text(encoding="utf-8")) == document
    for entry in document["protocols"]:
        cases = known_protocols()[entry["name"]].cases
        assert cases is not None
        assert [[case.id, case.cluster, case.source_cluster, case.frames] for case in cases.cases] == entry["cases"]


def test_protocols_on_data_of_the_user_have_settings_and_no_cases() -> None:
    known = known_protocols()["feed-self"]
    assert (known.cases, known.has_references, known.data) == (None, True, "feed")
    assert known.metrics == protocol.load("feed-self").metrics
