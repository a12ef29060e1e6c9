"""(source, driver) pairs of FEED for training: two frames of one video of one camera, as EMOPortraits trains."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.layout.configs import config_named
from feed_dataset.layout.splits import SPLITS
from feed_dataset.pairs.sampling import PairError, checked_gaps
from feed_dataset.pairs.sources import pair_sources
from feed_dataset.pairs.videos import OnError, VideoPairs, checked_settings


class FeedPairs(VideoPairs):
    """Pairs of FEED's clips; see `VideoPairs` for a sample.

    A directory that was never indexed (`python -m feed_dataset index`) costs each process one reading of every video
    before it can seek in it.

    Example:
        >>> pairs = FeedPairs("/data/FEED", pairs=10_000, max_gap_s=4.0)
        >>> for epoch in range(10):
        ...     pairs.set_epoch(epoch)
        ...     for batch in DataLoader(pairs, batch_size=8, num_workers=4): ...
    """

    def __init__(
        self,
        data_dir: Path | str | None = None,  # None: feed-mini
        *,
        config: str = "paper",  # of layout.configs: with split="train" the four tasks that the paper trains on
        split: str = "train",
        subjects: Collection[str] | None = None,
        stems: Collection[str] | None = None,
        views: Collection[str] | None = None,
        size_px: int = 512,
        pairs: int | None = None,  # length of an epoch; None: one pair per clip
        seed: int = 0,
        min_gap_s: float = 0.0,  # between source and driver, which always differ
        max_gap_s: float | None = None,
        task_weights: Mapping[str, float] | None = None,  # None: every clip alike
        prepared: Path | str | None = None,  # output of `prepare` for the same data_dir: face crops
        on_error: OnError = "raise",
        max_open: int = 4,
    ) -> None:
        """Raises LayoutError (nothing selected), PairError (settings), ConfigError, PreparedError."""
        checked_settings(size_px, seed, max_open, on_error)
        checked_gaps(min_gap_s, max_gap_s)
        if split not in SPLITS:
            raise PairError(unknown("split", split, SPLITS))
        catalog = open_catalog(data_dir)
        selection = config_named(config)
        chosen = catalog.select(subjects=_names(subjects), stems=_names(stems), cameras=_names(views))
        wanted = [clip for clip in chosen if clip.split == split and selection.takes(clip.task, split)]
        if not wanted:
            raise LayoutError(f"expected {split} clips of config {config!r} below {catalog.root} but there are none")
        sources, self.left_out = pair_sources(catalog, wanted, prepared)
        if self.left_out and on_error == "raise":
            clip_id, reason = next(iter(self.left_out.items()))
            raise PairError(
                f"expected {len(wanted)} usable clips but {len(self.left_out)} are not, such as {clip_id}: {reason}; "
                "leave them out with on_error='skip'"
            )
        if not sources:
            raise PairError(f"expected usable clips but all {len(wanted)} are damaged or not prepared")
        self._clips = tuple(clip for clip in wanted if clip.id not in self.left_out)
        super().__init__(
            sources, size_px=size_px, pairs=pairs, seed=seed, min_gap_s=min_gap_s, max_gap_s=max_gap_s,
            task_weights=task_weights, on_error=on_error, max_open=max_open,
        )  # fmt: skip

    @property
    def clips(self) -> tuple[Clip, ...]:
        """What pairs are drawn from."""
        return self._clips


def _names(value: Collection[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)
