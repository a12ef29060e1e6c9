"""Features of videos that several cases share."""

from __future__ import annotations

import numpy as np

from benchmark.features.scored import RecentVideos
from benchmark.features.types.case import FaceFeatures

BYTES = 468 * 3 * 4


def test_those_used_longest_ago_go_first() -> None:
    loaded: list[str] = []

    def load(content_id: str) -> FaceFeatures:
        loaded.append(content_id)
        return FaceFeatures(np.zeros((1, 468, 3), np.float32), (None,))

    recent = RecentVideos(2 * BYTES)
    found = [recent.get(name, load) for name in "abacab"]
    assert "".join(loaded) == "abcb", "a was used again before c came; b was not"
    assert found[0] is found[2] is found[4]


def test_a_video_larger_than_what_may_be_kept_is_not() -> None:
    recent = RecentVideos(BYTES - 1)
    video = FaceFeatures(np.zeros((1, 468, 3), np.float32), (None,))
    calls: list[str] = []
    for _ in range(2):
        recent.get("a", lambda name: calls.append(name) or video)  # type: ignore[func-returns-value]
    assert calls == ["a", "a"]
