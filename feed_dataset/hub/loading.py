"""`load_dataset`: FEED through `datasets`, whether or not this package was installed with its start-up hook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from feed_benchmark_hook import ALWAYS_FEED, NAME, wrap


def load_dataset(path: str = NAME, name: str | None = None, data_dir: Path | str | None = None, **kwargs: Any) -> Any:
    """FEED as a `datasets` dataset; without `data_dir` (or $FEED_ROOT) the synthetic feed-mini.

    Args:
        path: "feed".
        name: a selection of feed_dataset.layout.configs.CONFIGS: "all" (default), a task as "extreme", or "paper".
        data_dir: folder with `<subject>/<stem>_<camera>.mp4`, such as the public release.
        **kwargs: `subjects`, `stems`, `views` (a name or several), `decode` and `on_error` as in
            feed_dataset.hub.listing.FeedConfig, and what `datasets.load_dataset` takes: `split`, `streaming`,
            `num_proc`, `cache_dir`, ...

    Returns:
        DatasetDict with those of "train", "validation" and "test" (by subject) that have clips, or one Dataset when
        `split` is given; the iterable ones with `streaming=True`. Columns: feed_dataset.catalog.rows.FIELDS.

    Raises:
        ArgumentError: an argument of `datasets.load_dataset` that has no meaning here, such as `data_files`.
        ConfigError: there is no selection `name`, or it has no clip.
        LayoutError: `data_dir` has no FEED videos, or a filter names what is not there.

    Example:
        >>> rows = load_dataset("feed", "extreme", split="test", views="C")
        >>> frames = read_video(rows[0]["path"]).frames
    """
    from feed_dataset.core.jobs.errors import FeedError
    from feed_dataset.core.jobs.suggestions import unknown

    if path != NAME:
        raise FeedError(unknown("data set", path, [NAME]))
    import datasets

    wrap(datasets.load)
    try:
        return datasets.load_dataset(ALWAYS_FEED, name, data_dir=None if data_dir is None else str(data_dir), **kwargs)
    except datasets.exceptions.DatasetGenerationError as error:
        if isinstance(error.__cause__, FeedError):
            raise error.__cause__ from error
        raise
