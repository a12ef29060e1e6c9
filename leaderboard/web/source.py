"""Pages out of a store: what was read once is kept, because submissions never change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.bundle.clips import DRIVER, SOURCE
from leaderboard.cases import StoredCases
from leaderboard.tiers import Tiers
from leaderboard.verdicts import SENTENCES
from leaderboard.web.board import boards_of
from leaderboard.web.clips import INPUTS, Clip
from leaderboard.web.facts import RunFacts, facts_of
from leaderboard.web.mp4 import Timing, timing_of
from leaderboard.web.pages import Link, Site

if TYPE_CHECKING:
    from leaderboard.store import Store

_CLIPS = "clips/"
_KEPT = 4096


class SiteSource:
    """Builds a `Site` from a store, again after every write.

    Args:
        store: where submissions are.
        links: pages besides the tables.
    """

    def __init__(self, store: Store, links: tuple[Link, ...] = ()) -> None:
        self._store = store
        self._links = links
        self._cases = StoredCases(store.document)
        self._facts: dict[int, RunFacts] = {}
        self._tiers: dict[tuple[str, ...], Tiers] = {}
        self._clips = lru_cache(maxsize=_KEPT)(self._clips_of)

    def site(self, *, is_static: bool = False) -> Site:
        """What the store holds now."""
        groups = self._store.groups()
        return Site(
            boards_of(groups, self._facts_of),
            self._cases,
            verdicts={name: words for name, words in SENTENCES.items() if name != "rejected"},
            clips=self._clips,
            links=self._links,
            is_static=is_static,
            known_tiers=self._tiers,
        )

    def clip_files(self, submission: int) -> Mapping[str, Path]:
        """Files of the clips of a submission by their address."""
        found = {}
        for clip in self._store.clips(submission):
            path = self._store.clip_path(submission, clip.name)
            if path is not None:
                found[_address(submission, clip.sha256)] = path
        return found

    def _facts_of(self, submission: int) -> RunFacts:
        if submission not in self._facts:
            self._facts[submission] = facts_of(self._store.document(submission))
        return self._facts[submission]

    def _clips_of(self, submission: int) -> Mapping[tuple[str, str], Clip]:
        files = self.clip_files(submission)
        found = {}
        for clip in self._store.clips(submission):
            folder, _, name = clip.name.removeprefix(_CLIPS).partition("/")
            address = _address(submission, clip.sha256)
            timing: Timing | None = timing_of(files[address]) if address in files else None
            if timing is not None:
                method = {DRIVER: INPUTS[0], SOURCE: INPUTS[1]}.get(folder, folder)
                found[method, name.removesuffix(".mp4")] = Clip(address, timing.fps, timing.frames)
        return found


def _address(submission: int, sha256: str) -> str:
    return f"clips/{submission}/{sha256[:32]}.mp4"
