"""Where each clip goes in an exported folder, and the rows that describe it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from feed_dataset.catalog.catalog import Catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.catalog.rows import indexed, row_of
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.export.licence import Licence, licence_of, require_acceptance
from feed_dataset.layout.configs import CONFIGS, DEFAULT
from feed_dataset.layout.splits import SPLITS

DATA = "data"
DEFAULT_TABLE = "metadata.jsonl"  # the name that `datasets` looks for by itself
# `datasets` looks for videos by five names, and decoders look at the contents: the others get the name of a relative.
_SUFFIXES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys((".m4v", ".3gp", ".flv", ".f4v"), ".mp4")
    | dict.fromkeys((".webm", ".ogv"), ".mkv")
    | dict.fromkeys((".wmv", ".asf"), ".avi")
    | dict.fromkeys((".mpg", ".vob", ".ts", ".m2ts", ".mts"), ".mpeg")
)


@dataclass(frozen=True)
class ExportItem:
    """One clip and its places below the exported folder."""

    clip: Clip
    row: Mapping[str, object]  # feed_dataset.catalog.rows.FIELDS
    video: str  # "data/train/extreme/ID_1/random_C.mp4"
    ground_truth: str  # "" where there is none
    sha256: str | None  # of the video, where a manifest has it

    @property
    def split(self) -> str:
        return self.clip.split

    def sources(self) -> dict[str, Path]:
        """Place in the export -> file to copy there."""
        found = {self.video: self.clip.path}
        if self.clip.ground_truth is not None:
            found[self.ground_truth] = self.clip.ground_truth
        return found


@dataclass(frozen=True)
class ExportPlan:
    """All clips of an export, in the catalog's order."""

    source: Path  # the data directory
    source_digest: str
    licence: Licence
    items: tuple[ExportItem, ...]
    left_out: Mapping[str, str]  # clip id -> why

    def __repr__(self) -> str:
        return f"ExportPlan({len(self.items)} clips, {len(self.left_out)} left out)"

    def of(self, config: str, split: str) -> tuple[ExportItem, ...]:
        """What a config shows in a split."""
        return tuple(
            item for item in self.items if item.split == split and CONFIGS[config].takes(item.clip.task, split)
        )

    def tables(self) -> dict[tuple[str, str], str]:
        """(config, split) -> place of its rows, for those that have any; "all" first."""
        return {
            (config, split): f"{DATA}/{split}/{DEFAULT_TABLE if config == DEFAULT else f'{config}.jsonl'}"
            for config in CONFIGS
            for split in SPLITS
            if self.of(config, split)
        }


def plan_export(
    catalog: Catalog,
    clips: Sequence[Clip],
    *,
    accept_licence: bool = False,
    on_clip: Callable[[str, str], None] | None = None,
) -> ExportPlan:
    """Read the rows of `clips`; damaged ones are left out with the reason.

    Args:
        accept_licence: say yes to the terms of the data; needed once on a machine.
        on_clip: told of each clip, and whether it is "ok" or "left out".

    Raises:
        LicenceNotAccepted: neither now nor before.
    """
    licence = licence_of(catalog)
    require_acceptance(licence, accept=accept_licence)
    known = indexed(catalog)
    problems = dict(catalog.problems)
    items: list[ExportItem] = []
    left_out: dict[str, str] = {}
    for clip in clips:
        try:
            reason = problems.get(clip.path) or known.faults.get(clip.id)
            if reason is None:
                items.append(_item(clip, known.rows.get(clip.id) or row_of(clip), known.sha256.get(clip.id)))
            else:
                left_out[clip.id] = _without_root(reason, catalog.root)
        except VideoDecodeError as error:
            left_out[clip.id] = _without_root(str(error), catalog.root)
        if on_clip is not None:
            on_clip(clip.id, "left out" if clip.id in left_out else "ok")
    return ExportPlan(catalog.root, catalog.digest, licence, tuple(items), left_out)


def table_lines(items: Iterable[ExportItem], digests: Mapping[str, str]) -> str:
    """Rows as `datasets` reads them; `file_name` is relative to the folder data/<split> that holds the table."""
    lines = []
    for item in items:
        kept = {name: value for name, value in item.row.items() if name not in ("path", "ground_truth")}
        beside = item.video.removeprefix(f"{DATA}/{item.split}/")
        row = {"file_name": beside, **kept, "ground_truth": item.ground_truth, "sha256": digests[item.video]}
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


def _item(clip: Clip, row: Mapping[str, object], sha256: str | None) -> ExportItem:
    folder = f"{DATA}/{clip.split}/{clip.task}/{clip.subject}"
    suffix = clip.path.suffix.lower()
    return ExportItem(
        clip=clip,
        row=row,
        video=f"{folder}/{clip.stem}_{clip.camera}{_SUFFIXES.get(suffix, suffix)}",
        ground_truth="" if clip.ground_truth is None else f"{folder}/{clip.stem}.npz",
        sha256=sha256,
    )


def _without_root(reason: str, root: Path) -> str:
    """Reasons are published with the export; where the user keeps files is not."""
    return reason.replace(f"{root}/", "")
