"""(source, driver) pairs of the other corpora, such as VoxCeleb2, in their own layouts."""

from __future__ import annotations

from pathlib import Path

from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.corpora import load_corpus
from feed_dataset.manifest.scan import scan_corpus
from feed_dataset.pairs.sampling import PairError, checked_gaps
from feed_dataset.pairs.sources import Crops, PairSource
from feed_dataset.pairs.videos import OnError, VideoPairs, checked_settings

TESTED_ON = "test"  # word of the corpora that have parts


class CorpusPairs(VideoPairs):
    """Pairs of the videos of a corpus; see `VideoPairs` for a sample. Of a corpus in parts, those of "test" stay out.

    Args:
        corpus: name of `feed_dataset.corpora`, such as "voxceleb2".
        data_dir: the folder with its files as the release unpacks.
        prepared: output of `prepare` for the same folder: face crops.
        on_error: what a damaged video does. One among a million must not end a training, so others are drawn; the
            first time it is named as a warning.

    Raises:
        LayoutError: there are no videos of this corpus.
        PairError: a setting makes no sense, or no video is prepared.
    """

    def __init__(
        self,
        corpus: str,
        data_dir: Path | str,
        *,
        size_px: int = 512,
        pairs: int | None = None,
        seed: int = 0,
        min_gap_s: float = 0.0,
        max_gap_s: float | None = None,
        prepared: Path | str | None = None,
        on_error: OnError = "skip",
        max_open: int = 4,
    ) -> None:
        checked_settings(size_px, seed, max_open, on_error)
        checked_gaps(min_gap_s, max_gap_s)
        layout, root = load_corpus(corpus), Path(data_dir).expanduser().resolve()
        if not root.is_dir():
            raise LayoutError(f"expected a directory with videos {layout.pattern} but {root} is none")
        crops = None if prepared is None else Crops(Path(prepared))
        self.left_out: dict[str, str] = {}
        sources = []
        for named in scan_corpus(root, layout).usable:
            file = named.file
            if file.kind != "video" or file.fields.get("part") == TESTED_ON:
                continue
            source: PairSource | str = PairSource(file.id, file.subject, file.task, file.view, named.path)
            if crops is not None and isinstance(source, PairSource):
                source = crops.of(source, root)
            if isinstance(source, str):
                self.left_out[file.id] = source
            else:
                sources.append(source)
        if self.left_out and on_error == "raise":
            clip_id, reason = next(iter(self.left_out.items()))
            raise PairError(f"expected crops of every video but {clip_id}: {reason}; on_error='skip' leaves them out")
        if not sources:
            found = f"{len(self.left_out)} without crops" if self.left_out else "none"
            raise LayoutError(f"expected videos {layout.pattern} to train on below {root} but got {found}")
        super().__init__(
            sources, size_px=size_px, pairs=pairs, seed=seed, min_gap_s=min_gap_s, max_gap_s=max_gap_s,
            on_error=on_error, max_open=max_open,
        )  # fmt: skip
