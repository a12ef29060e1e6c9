"""Write the exact cases of the shipped protocols where the leaderboard reads them.

    python -m scripts.export_protocols

Run it after a change of a protocol or of feed-mini; a test fails until then.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmark.protocols import protocol
from benchmark.protocols.cases import build_cases
from benchmark.results.schema import write_text_atomic
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.media.thinning import plan_frames

TARGET = Path(__file__).resolve().parent.parent / "leaderboard" / "data" / "protocols.json"


def document() -> dict[str, Any]:
    """Every protocol whose data comes with the package."""
    entries = []
    for name in protocol.names():
        loaded = protocol.load(name)
        if loaded.root is None:
            continue  # depends on the user's copy
        catalog = open_catalog(loaded.root)
        cases = build_cases(loaded, catalog)
        paths = {case.driver_path for case in cases.cases}
        frames = {path: len(plan_frames(path, loaded.frames_per_case, span_s=loaded.span_s).indices) for path in paths}
        entries.append(
            {
                "name": loaded.name,
                "version": loaded.version,
                "case_list_sha256": cases.sha256,
                "cases": [
                    [case.id, case.cluster, case.source_cluster, frames[case.driver_path]] for case in cases.cases
                ],
                "data_digest": catalog.digest,
            }
        )
    return {"protocols": entries}


def _text(content: dict[str, Any]) -> str:
    """One line for each case."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\[\s+(\"[^\[\]]*\d)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text) + "\n"


if __name__ == "__main__":
    write_text_atomic(TARGET, _text(document()))
