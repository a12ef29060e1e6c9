"""Sound to expression and head pose at the times of frames, in memory that does not grow with the sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.speech.driving.speech_model import SpeechModel
from model.speech.expression.encoder import SpeechEncoder, SpeechState
from model.speech.features import Encoder, stream_features
from model.speech.head_motion.rotation import orthonormal
from model.speech.samples import Sound


class Heard(NamedTuple):
    """What sound says of some frames in a row."""

    z: Tensor  # [N, Z]
    track: Tensor  # [N, 9] head poses against the head at rest


def stream_motion(
    model: SpeechModel,
    sound: Sound,
    times_s: np.ndarray,  # float64 [T], rising, on the clock of the sound
    z_first: Tensor,  # [1, Z] of the portrait, on the CPU
    seed: int,
    ears: Encoder | None = None,
) -> Iterator[Heard]:
    """Pieces of expression and head pose, in their order.

    The networks go on at their own rate from the first of the times; other times get the line between two of their
    frames. One seed gives the same bits again.

    Args:
        model: encoder, head motion and what they were trained with.
        sound: read twice, a second at a time.
        seed: of the head motion.
        ears: what makes features; the model's own where it is None.

    Raises:
        FeedError: a sound that cannot be read, no frame, times that go back, or a seed below 0.
    """
    if not len(times_s):
        raise ModelError("expected sound for at least one frame but got none")
    places = _places(times_s, model.fps)
    own_times_s = times_s[0] + np.arange(int(np.ceil(places[-1])) + 1) / model.fps
    found = stream_features(sound, own_times_s, ears or model.ears)
    yield from _at(_motions(model, found, z_first, seed), places)


def _motions(model: SpeechModel, features: Iterator[Tensor], z_first: Tensor, seed: int) -> Iterator[Heard]:
    """At the model's own rate. Head motion looks ahead, so that z waits for it."""
    waiting = torch.empty(0, z_first.shape[1])
    state: SpeechState | None = None

    def heard() -> Iterator[Tensor]:
        nonlocal waiting, state
        for part in features:
            z, state = _expressions(model.expression, state, z_first, part)
            waiting = torch.cat([waiting, z])
            yield part

    for track in model.head_motion.stream(heard(), seed):
        yield Heard(waiting[: len(track)], track)
        waiting = waiting[len(track) :]


@torch.inference_mode()
def _expressions(
    encoder: SpeechEncoder, state: SpeechState | None, z_first: Tensor, features: Tensor
) -> tuple[Tensor, SpeechState]:
    """z [N, Z] of the next frames, and where to go on."""
    state = state or encoder.start(z_first)
    found = []
    for feature in features:
        state = encoder.step(state, feature[None])
        found.append(state.z)
    return torch.cat(found), state


def _places(times_s: np.ndarray, fps: float) -> np.ndarray:  # float64 [T]
    """Times in frames since the first; what is a whole frame but for rounding is that frame."""
    places = (times_s - times_s[0]) * fps
    if not np.isfinite(places).all() or np.diff(places).min(initial=0.0) < 0:
        raise ModelError("expected finite times of frames that never go back")
    nearest = np.round(places)
    return np.where(np.abs(places - nearest) < 1e-6, nearest, places)


def _at(pieces: Iterator[Heard], places: np.ndarray) -> Iterator[Heard]:
    """Frames at other places than their own, on the line between two; only what is still needed is held."""
    held: Heard | None = None
    first = done = 0  # frame of held[0]; places that are done
    for piece in pieces:
        held = piece if held is None else Heard(torch.cat([held.z, piece.z]), torch.cat([held.track, piece.track]))
        stop = int(np.searchsorted(places, first + len(held.z) - 1, side="right"))
        if stop > done:
            yield _between(held, places[done:stop] - first)
            done = stop
        if done < len(places):
            gone = min(int(places[done]) - first, len(held.z) - 1)
            held, first = Heard(held.z[gone:], held.track[gone:]), first + gone


@torch.inference_mode()
def _between(held: Heard, places: np.ndarray) -> Heard:
    low = np.floor(places).astype(np.int64)
    high = np.minimum(low + 1, len(held.z) - 1)
    share = torch.from_numpy(places - low).float()[:, None]
    z, track = (torch.lerp(values[low], values[high], share) for values in held)
    return Heard(z, orthonormal(track))
