"""Where converted weights come from and what is known of their licence."""

from __future__ import annotations

from typing import Any

LICENCE = (
    "not settled: the README of the published code (commit 7cb8641, 2025-02-26; no LICENSE file) says CC BY-NC-SA 4.0,"
    " its author says in issue 24 (2025-04-08) that it was changed to Apache-2.0;"
    " treat as CC BY-NC-SA 4.0, non-commercial"
)
REPOSITORY = "https://github.com/neeek2303/EMOPortraits"


def provenance(
    source_name: str,
    source_sha256: str,
    sizes: str,
    extra_keys: tuple[str, ...],
    pose: tuple[str, str] | None,
) -> dict[str, Any]:
    """What `config.json` says about converted weights.

    Args:
        source_name, source_sha256: the checkpoint.
        sizes: the preset that it has the sizes of, or "custom".
        extra_keys: keys that no network uses and that are no known constants.
        pose: name and sha256 of the head-pose regressor's file.
    """
    record: dict[str, Any] = {
        "what": "EMOPortraits stage 1, converted: spectral norm and weight standardisation folded",
        "repository": REPOSITORY,
        "licence": LICENCE,
        "source": source_name,
        "source_sha256": source_sha256,
        "sizes": sizes,
        "unused_keys": list(extra_keys),
    }
    if pose is not None:
        record["pose_source"], record["pose_source_sha256"] = pose
    return record
