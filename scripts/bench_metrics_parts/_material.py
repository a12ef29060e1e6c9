"""What is measured on: clips of feed-mini with sound, a worse copy of each, and random networks for absent ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.synthetic.takes.settings import SETTINGS, SUBJECTS

SEED = 0


@dataclass(frozen=True)
class Clips:
    """Videos with sound that should be equal, one by one."""

    generated: tuple[Path, ...]
    references: tuple[Path, ...]
    frames: int  # of each video


def make_clips(folder: Path, count: int, frames: int) -> Clips:
    """`count` speaking people of feed-mini at 512 px and 25 fps, and blurred, darker, noisy copies."""
    import cv2

    from feed_dataset.core.media.audio import read_audio
    from feed_dataset.core.media.reader import open_reader
    from feed_dataset.core.media.video import write_video
    from feed_dataset.layout.mini import MINI_ROOT

    rng = np.random.default_rng(SEED)
    generated: list[Path] = []
    references: list[Path] = []
    for subject in SUBJECTS[:count]:
        clip = MINI_ROOT / subject / "speech_C.mp4"
        with open_reader(clip) as reader:
            truth = np.stack([frame for _, frame in reader.stream(0, frames)])
        made = np.stack([cv2.GaussianBlur(frame, (0, 0), 1.5) for frame in truth])
        made = np.clip(0.93 * made + rng.normal(0, 3, made.shape), 0, 255).astype(np.uint8)
        for name, pictures, kept in (("generated", made, generated), ("reference", truth, references)):
            path = folder / name / f"{subject}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_video(path, pictures, SETTINGS.fps, audio=read_audio(clip), crf=12, preset="veryfast")
            kept.append(path)
    return Clips(tuple(generated), tuple(references), frames)


def dump_frames(videos: tuple[Path, ...], folder: Path) -> Path:
    """Every frame as a PNG in one folder, as packages that compare folders of images want them."""
    from PIL import Image

    from benchmark.features.types.sequence import FrameSequence

    folder.mkdir(parents=True)
    for video in videos:
        for number, frame in enumerate(FrameSequence.from_file(video).read()):
            Image.fromarray(frame).save(folder / f"{video.stem}_{number:05d}.png", compress_level=1)
    return folder


@contextmanager
def networks(folder: Path, names: tuple[str, ...], clips: Clips | None = None) -> Iterator[dict[str, Path]]:
    """Files of networks by registry name: the trained one where it is on this machine, else random weights.

    Inside the block the weights registry takes the random files for the real ones, so that our side loads them the
    usual way.
    """
    from feed_dataset.core.weights import REGISTRY, registry, resolve

    before = os.environ.get("FEED_WEIGHTS")
    entries = {name: REGISTRY[name] for name in names}
    files: dict[str, Path] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        try:
            files[name] = resolve(name, fetch=name.startswith("lpips-"))  # heads come from the package index
        except WeightsUnavailable:
            files[name] = folder / REGISTRY[name].file_name
            _MAKERS[name](files[name], clips)
            registry.REGISTRY[name] = replace(REGISTRY[name], sha256=None, size_bytes=None)
    if before is not None:  # what the user placed stays in reach
        for placed in Path(before).iterdir():
            if not (folder / placed.name).exists():
                (folder / placed.name).symlink_to(placed.resolve())
    os.environ["FEED_WEIGHTS"] = str(folder)
    try:
        yield files
    finally:
        registry.REGISTRY.update(entries)
        if before is None:
            del os.environ["FEED_WEIGHTS"]
        else:
            os.environ["FEED_WEIGHTS"] = before


def _inception(path: Path, clips: Clips | None) -> None:
    from tests.oracles.compare_fid import save_random_inception

    save_random_inception(path, SEED)


def _lpips_backbone(kind: str, path: Path) -> None:
    import torch

    from benchmark.features.networks.lpips import BACKBONES

    torch.manual_seed(SEED)
    layers = BACKBONES[kind].build()  # type: ignore[index]
    torch.save({f"features.{name}": value for name, value in layers.state_dict().items()}, path)


def _plain(module: str, name: str, path: Path) -> None:
    """As the network is made."""
    import torch

    torch.manual_seed(SEED)
    torch.save(getattr(import_module(module), name)().state_dict(), path)


def _syncnet(path: Path, clips: Clips | None) -> None:
    """Random layers whose batch norms know sound and faces of the first clip, so that features vary over time."""
    import torch

    from benchmark.features.lip_sync.mfcc import mfcc, to_int16
    from benchmark.features.types.sequence import FrameSequence
    from feed_dataset.core.media.audio import read_audio
    from tests.oracles.syncnet_weights import random_syncnet

    if clips is None:
        crops = np.random.default_rng(SEED).integers(0, 256, (10, 224, 224, 3), dtype=np.uint8)
        samples = np.random.default_rng(SEED).uniform(-0.5, 0.5, 32_000).astype(np.float32)
    else:
        import cv2

        frames = list(FrameSequence.from_file(clips.references[0]).read())[:10]
        crops = np.stack([cv2.resize(frame, (224, 224), interpolation=cv2.INTER_AREA) for frame in frames])
        audio = read_audio(clips.references[0])
        if audio is None:
            raise ValueError(f"expected sound in {clips.references[0]} but there is none")
        samples = audio.samples
    torch.save(random_syncnet(crops, mfcc(to_int16(samples)), SEED).state_dict(), path)


def _s3fd(path: Path, clips: Clips | None) -> None:
    """Finds nothing: what it says is replaced, what it costs is not."""
    import torch

    from tests.oracles.syncnet_weights import random_s3fd

    torch.save(random_s3fd(SEED, face_bias=-5.0).state_dict(), path)


def _quality(name: str, path: Path) -> None:
    from tests.oracles.compare_quality import as_published

    as_published(name, path, SEED)


def _clip(path: Path, clips: Clips | None) -> None:
    from tests.oracles.compare_quality import save_random_clip

    save_random_clip(path, full=True)


_MAKERS: dict[str, Callable[[Path, Clips | None], None]] = {
    "fid-inception": _inception,
    "alexnet": lambda path, clips: _lpips_backbone("alex", path),
    "vgg16": lambda path, clips: _lpips_backbone("vgg", path),
    "squeezenet1_1": lambda path, clips: _lpips_backbone("squeeze", path),
    "i3d-kinetics400": lambda path, clips: _plain("benchmark.features.networks.i3d", "InceptionI3d", path),
    "vggface2-senet50": lambda path, clips: _plain("benchmark.features.networks.vggface2", "SeNet50", path),
    "syncnet-v2": _syncnet,
    "s3fd": _s3fd,
}
if find_spec("pyiqa") is not None:  # whose modules these are
    _MAKERS |= {
        "topiq-nr": lambda path, clips: _quality("topiq_nr", path),
        "topiq-nr-face": lambda path, clips: _quality("topiq_nr", path),
        "topiq-iaa": lambda path, clips: _quality("topiq_iaa", path),
        "musiq-koniq": lambda path, clips: _quality("musiq", path),
        "clip-rn50": _clip,
    }
RANDOM = tuple(_MAKERS)
"""Networks for which there are random weights."""
HEADS = ("lpips-alex-heads", "lpips-vgg-heads", "lpips-squeeze-heads")
"""Small trained ones that the package index has."""
