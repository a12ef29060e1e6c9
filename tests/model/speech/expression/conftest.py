"""Clips in which the mouth follows the sound and the upper face does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from model.analysis.principal import Components, principal_components, save_components
from model.speech.clips import SUFFIX, ClipFolder, Origin, SpeechClip, write_clip

Z, D, MOUTH = 6, 8, 3
ORIGIN = Origin("whisper-tiny-en", "0" * 64, True)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """With several threads, PyTorch adds up gradients in another order each time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def made_clip(number: int, frames: int = 40, origin: Origin = ORIGIN, side_px: int = 0) -> SpeechClip:
    """The first `MOUTH` dimensions of z say what the features do, lagging a frame behind; the others drift alone."""
    rule, draw = np.random.default_rng(99), np.random.default_rng(number)
    noise = draw.normal(size=(frames + 2, D))
    features = noise[2:] + noise[1:-1] + noise[:-2]
    features -= features.mean(axis=1, keepdims=True)
    features /= features.std(axis=1, keepdims=True)  # as behind Whisper's last layer
    mixing = rule.normal(size=(D, MOUTH))
    person = draw.normal(size=Z)
    person[:MOUTH] *= 0.2
    wanted = np.tanh(0.5 * features @ mixing)
    z = np.tile(person, (frames, 1))
    z[:, :MOUTH] += 0.5 * (wanted + np.roll(wanted, 1, axis=0))
    z[:, MOUTH:] += 0.3 * np.cumsum(0.2 * draw.normal(size=(frames, Z - MOUTH)), axis=0)
    shown = torch.from_numpy(draw.integers(0, 256, (frames, side_px, side_px, 3), np.uint8)) if side_px else None
    tensors = (torch.from_numpy(values).float() for values in (features, z))
    return SpeechClip(f"person {number}", 25.0, *tensors, frames=shown, origin=origin)


@pytest.fixture
def make_clips(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "clips", numbers: range = range(8), **changes: object) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for number in numbers:
            write_clip(folder / f"{number}{SUFFIX}", made_clip(number, **changes))  # type: ignore[arg-type]
        return folder

    return make


@pytest.fixture
def clips(make_clips: Callable[..., Path]) -> ClipFolder:
    return ClipFolder(make_clips(), ("z",))


@pytest.fixture
def mouth() -> Components:
    """Of latents of which only the mouth moves."""
    z = np.random.default_rng(5).normal(size=(60, Z))
    z[:, MOUTH:] = 0
    return principal_components(z, MOUTH)


@pytest.fixture
def mouth_file(mouth: Components, tmp_path: Path) -> Path:
    save_components(tmp_path / "mouth.safetensors", mouth, {"mouths": ["made for a test"]})
    return tmp_path / "mouth.safetensors"
