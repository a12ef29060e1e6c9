from __future__ import annotations

from leaderboard.protocols import known_protocols
from scripts import export_protocols


def test_exported_case_lists_are_those_of_the_benchmark() -> None:
    """After a change of a protocol or of feed-mini: python -m scripts.export_protocols."""
    document = export_protocols.document()
    names = [entry["name"] for entry in document["protocols"]]
    assert names == ["feed-mini-cross", "feed-mini-self", "feed-mini-speech"]
    exported = {
        name: {**vars(protocol), "case_ids": list(protocol.case_ids)} for name, protocol in known_protocols().items()
    }
    assert exported == {entry["name"]: entry for entry in document["protocols"]}
