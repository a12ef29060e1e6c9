"""The Hugging Face `datasets` builder of FEED. `datasets` names its cache files after this module.

One builder per module, because `datasets` takes the only one that it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import datasets

from feed_dataset.catalog import Clip, open_catalog
from feed_dataset.errors import LayoutError
from feed_dataset.splits import SPLITS
from feed_dataset.torchcodec_check import torchcodec_decodes
from feed_dataset.video_reader import probe

CODE_VERSION = "1"  # part of the cache key: raise it when rows change
_CITATION = """\
@inproceedings{drobyshev2024emoportraits,
  title = {EMOPortraits: Emotion-enhanced Multimodal One-shot Head Avatars},
  author = {Drobyshev, Nikita and Casademunt, Antoni Bigata and Vougioukas, Konstantinos and
            Landgraf, Zoe and Petridis, Stavros and Pantic, Maja},
  booktitle = {CVPR},
  year = {2024}
}"""


@dataclass
class FeedConfig(datasets.BuilderConfig):
    """Which clips to list; None takes all.

    `decode` says whether the `video` column decodes by itself (a torchcodec decoder) or is
    `{"path", "bytes"}`; None decodes where torchcodec works.
    """

    subjects: tuple[str, ...] | None = None
    stems: tuple[str, ...] | None = None
    cameras: tuple[str, ...] | None = None
    decode: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("subjects", "stems", "cameras"):
            value = getattr(self, name)
            if value is not None:
                setattr(self, name, (value,) if isinstance(value, str) else tuple(value))
        if self.decode is None:
            self.decode = torchcodec_decodes()


class Feed(datasets.GeneratorBasedBuilder):
    """Rows of FEED clips, split by subject."""

    BUILDER_CONFIG_CLASS = FeedConfig
    VERSION = datasets.Version("1.0.0")

    def _info(self) -> datasets.DatasetInfo:
        features = {
            "clip_id": datasets.Value("string"),
            "subject": datasets.Value("string"),
            "task": datasets.Value("string"),  # key of feed_dataset.layout.TASKS
            "stem": datasets.Value("string"),
            "mode": datasets.Value("string"),
            "camera": datasets.Value("string"),
            "fps": datasets.Value("float64"),
            "num_frames": datasets.Value("int32"),
            "has_audio": datasets.Value("bool"),
            "path": datasets.Value("string"),
            "ground_truth": datasets.Value("string"),  # None where there is none
            "video": datasets.Video() if self.config.decode else _stored_video(),
        }
        return datasets.DatasetInfo(
            description="FEED: three-view videos of extreme, asymmetric and tongue expressions.",
            features=datasets.Features(features),
            homepage="https://github.com/neeek2303/FEED",
            license="CC BY-NC-SA 4.0 (FEED); feed-mini is rendered from CC0 assets",
            citation=_CITATION,
        )

    def _split_generators(self, dl_manager: object) -> list[datasets.SplitGenerator]:
        catalog = open_catalog(self.config.data_dir)
        clips = catalog.select(subjects=self.config.subjects, stems=self.config.stems, cameras=self.config.cameras)
        faulty = {path for path, _ in catalog.problems}
        generators = []
        for split in SPLITS:
            chosen = [clip for clip in clips if clip.split == split and clip.path not in faulty]
            if chosen:  # a list in gen_kwargs is what datasets shards by
                generators.append(datasets.SplitGenerator(split, gen_kwargs={"clips": chosen}))
        if not generators:
            raise LayoutError(f"expected readable clips below {catalog.root} but none of {len(clips)} can be opened")
        return generators

    def _generate_examples(self, clips: list[Clip]) -> Iterator[tuple[str, dict[str, object]]]:
        for clip in clips:
            info = probe(clip.path)
            row = {
                "clip_id": clip.id,
                "subject": clip.subject,
                "task": clip.task,
                "stem": clip.stem,
                "mode": clip.mode,
                "camera": clip.camera,
                "fps": float(info.fps),
                "num_frames": info.frame_count,
                "has_audio": clip.has_audio,
                "path": str(clip.path),
                "ground_truth": _text(clip.ground_truth),
                "video": {"path": str(clip.path), "bytes": None},
            }
            yield clip.id, row


def _stored_video() -> dict[str, datasets.Value]:
    """What a Video column is in Arrow.

    `datasets.Video(decode=False)` would still import torchcodec to write it.
    """
    return {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
