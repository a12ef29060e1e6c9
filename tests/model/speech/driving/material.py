"""Speech weights of random numbers that hear loudness: small, without any network to fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.analysis.principal import Components
from model.avatar.motion import Motion
from model.networks.pose import HeadPose
from model.speech.driving.speech_model import SpeechModel, save_speech
from model.speech.expression.config import SpeechConfig
from model.speech.expression.encoder import SpeechEncoder
from model.speech.head_motion.config import HeadMotionConfig
from model.speech.head_motion.generator import HeadMotion
from model.speech.mel import SAMPLE_RATE_HZ
from tests.model.speech.encoders import Loudness

FPS = 25.0
MOUTH = 3
"""The first dimensions of z."""
LIDS = 5
"""The one that closes the lids, where there are any."""


def speech_weights(
    z_dim: int = 8, teacher: str | None = None, fps: float = FPS, seed: int = 0, blinks: bool = False
) -> SpeechModel:
    torch.manual_seed(seed)
    features: dict[str, Any] = {"feature_dim": Loudness.width, "audio_features": Loudness.identity, "fps": fps}
    expression = SpeechEncoder(SpeechConfig(z_dim=z_dim, width=8, layers=2, residual_base=True, **features)).eval()
    with torch.no_grad():
        for parameter in expression.mlp_c.parameters():  # a fresh one gives nothing
            parameter.normal_(0, 0.3)
    if teacher is not None:
        expression.provenance = {"teacher_sha256": teacher}
    head = HeadMotion(HeadMotionConfig(width=8, heads=2, layers=1, window_frames=4, decoder_blocks=1, **features))
    head.spread.copy_(torch.tensor([0.1, 0.05]))
    mouth = Components(np.zeros(z_dim), np.eye(z_dim)[:MOUTH], np.ones(MOUTH), np.full(MOUTH, 0.3))
    lids = torch.eye(z_dim)[LIDS] if blinks else None
    return SpeechModel(expression, head.eval(), mouth, lids=lids)


def saved(folder: Path, z_dim: int = 8, teacher: str | None = None, seed: int = 0) -> Path:
    save_speech(speech_weights(z_dim, teacher, seed=seed), folder, "# Speech weights of a test\n")
    return folder


def load_loudness(name: str) -> Loudness:
    """In the place of `model.speech.whisper.load_whisper`."""
    assert name == Loudness.identity
    return Loudness()


def noise(seconds: float, seed: int = 0) -> np.ndarray:  # float32 [S]
    """Bursts of noise with pauses."""
    count = round(seconds * SAMPLE_RATE_HZ)
    loud = np.sin(np.arange(count) / SAMPLE_RATE_HZ * 2 * np.pi * 1.3) > 0
    return (0.3 * loud * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


def person(z_dim: int = 8) -> Motion:
    """One frame of somebody who looks a little down, nearer than usual."""
    angle = torch.tensor(0.2)
    turned = torch.tensor([[1, 0, 0], [0, angle.cos(), -angle.sin()], [0, angle.sin(), angle.cos()]])
    pose = HeadPose(torch.full((1, 3), 1.1), turned[None], torch.tensor([[0.1, -0.05, 0.0]]))
    return Motion(torch.linspace(-1, 1, z_dim)[None], pose)


def all_of(motions: list[Motion]) -> tuple[Tensor, Tensor]:  # [T, Z], [T, 3, 3]
    return torch.cat([m.z for m in motions]), torch.cat([m.pose.rotation for m in motions])
