"""Heads that nod with the energy of their speech by a known law, of which chance has a share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from feed_dataset.core.faces.geometry import rotation_from_euler_deg
from model.speech.clips import SUFFIX, Origin, SpeechClip, write_clip
from model.speech.head_motion.rotation import rotation_6d

FPS = 25
FEATURES = 12
NOD_HZ, DAMPING = 1.6, 0.35
NECK = 0.01
"""Translation per degree of turning."""
ORIGIN = Origin("planted energy")
_MIX = 77  # seed of how features mix what is heard, the same for all clips


@dataclass(frozen=True)
class Speech:
    """What is said: energy of each frame, and phrases."""

    energy: np.ndarray  # [T], about 0 to 2
    phrases: tuple[tuple[int, int], ...]  # first frame and the one after the last


def speech(seed: int, frames: int) -> Speech:
    """Phrases of syllables between pauses; some people speak with more energy than others."""
    rng = np.random.default_rng((seed, 0))
    vivid = rng.uniform(0.3, 1.7)
    energy, phrases, now = np.zeros(frames), [], int(rng.integers(0, 8))
    while now < frames:
        stop = min(frames, now + int(rng.uniform(0.8, 2.4) * FPS))
        beat = float(now)
        while beat < stop:
            energy[int(beat)] = vivid * rng.uniform(0.5, 1.5)
            beat += FPS / rng.uniform(3.5, 5.5)
        phrases.append((now, stop))
        now = stop + int(rng.uniform(0.3, 1.0) * FPS)
    return Speech(gaussian_filter1d(energy, 1.5, mode="constant") * 4, tuple(phrases))


def features_of(said: Speech, seed: int) -> Tensor:  # [T, FEATURES]
    """What is heard, with its surroundings, mixed, and noise on it."""
    e = said.energy
    heard = [e, gaussian_filter1d(e, 6), gaussian_filter1d(e, 25), np.gradient(e) * 3]
    heard += [np.roll(e, 3), np.roll(e, -3)]
    mix = np.random.default_rng(_MIX).standard_normal((len(heard), FEATURES))
    noise = 0.05 * np.random.default_rng((seed, 1)).standard_normal((len(e), FEATURES))
    return torch.from_numpy(np.stack(heard, axis=1) @ mix + noise).float()


def angles_deg(said: Speech, chance: int) -> np.ndarray:  # [T, 3] yaw, pitch, roll
    """How a head turns that says it: a law of the speech, and draws of its own for each `chance`.

    Energy pushes a damped spring that nods, in each phrase up or down as chance has it, so that the mean over all
    motions that fit a sound is a head at rest. Yaw and roll sway as far as there is energy.
    """
    rng = np.random.default_rng((chance, 2))
    frames = len(said.energy)
    push = np.zeros(frames)
    for first, stop in said.phrases:
        push[first:stop] = rng.choice([-1.0, 1.0]) * said.energy[first:stop]
    omega, step = 2 * np.pi * NOD_HZ, 1 / FPS
    pitch, speed, at, pushed = np.zeros(frames), 0.0, 0.0, push * omega**2 * 4.0
    for frame in range(frames):
        for _ in range(4):
            speed += step / 4 * (pushed[frame] - omega**2 * at - 2 * DAMPING * omega * speed)
            at += step / 4 * speed
        pitch[frame] = at
    level = 0.3 + gaussian_filter1d(said.energy, 10)
    sway = gaussian_filter1d(rng.standard_normal((frames, 2)), 9, axis=0, mode="wrap") * 5.6
    return np.stack([6 * level * sway[:, 0], pitch, 3 * level * sway[:, 1]], axis=1)


def track_of(angles: np.ndarray) -> Tensor:  # [T, 3] degrees -> [T, 9]
    """A track as the model's poses have it: picture to canonical, and a neck that moves along."""
    rotation = torch.from_numpy(rotation_from_euler_deg(angles)).mT
    yaw, pitch, roll = np.moveaxis(angles, -1, 0)
    moved = torch.from_numpy(NECK * np.stack([yaw, pitch, 0.2 * roll], axis=1))
    return torch.cat([rotation_6d(rotation), moved], dim=1).float()


def clip(seed: int, frames: int, chance: int | None = None) -> SpeechClip:
    """A person who says something of their own; another `chance` says the same with other motion."""
    said = speech(seed, frames)
    track = track_of(angles_deg(said, seed if chance is None else chance))
    return SpeechClip(f"person-{seed:04}", FPS, features_of(said, seed), pose=track, origin=ORIGIN)


def write_nodding(folder: Path, seeds: Iterable[int], frames: int) -> Path:
    """One clip per seed."""
    for seed in seeds:
        write_clip(folder / f"{seed:04}{SUFFIX}", clip(seed, frames))
    return folder
