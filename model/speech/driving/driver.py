"""A sound that drives a portrait, as `DriverVideo` is a video that does."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from model.avatar.motion import Motion
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.speech.driving.shares import SoundShares, blend
from model.speech.driving.speech_model import SpeechModel
from model.speech.driving.stream import stream_motion
from model.speech.features import Encoder, frame_times
from model.speech.head_motion.blinks import PER_MINUTE, blink_times, lid_closure
from model.speech.head_motion.rotation import head_poses
from model.speech.samples import Sound, end_s, sound_in


class SpeechDriver:
    """Sound to motion of a person, for sound of any length.

    >>> speech = SpeechDriver(load_speech("my-speech"), Path("speech.wav"), seed=1)
    >>> avatar.speak(speech).frames                          # uint8 [T, S, S, 3], T = round(duration x fps)

    Args:
        model: speech weights.
        sound: a file with sound, or a sound of samples (`model.speech.samples.sound_of`).
        seed: of head motion and blinks; one seed gives the same bits again.
        shares: what sound moves where there is a video, too; None: the mouth alone, as far as videos show the rest.
        blinks_per_minute: mean rate, 0 for none; nobody blinks whose weights do not say how lids close.
        start_s: time of the first frame on the sound's own clock, such as that of a video that holds both.
        ears: what makes features; the network that the weights were trained with where it is None.

    Raises:
        FeedError: no sound, an unreadable file, sound that ends before the first frame, or a seed or rate out of its
            range.
    """

    def __init__(
        self,
        model: SpeechModel,
        sound: Path | Sound,
        *,
        seed: int = 0,
        shares: SoundShares | None = None,
        blinks_per_minute: float = PER_MINUTE,
        start_s: float = 0.0,
        ears: Encoder | None = None,
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ModelError(f"expected a seed of at least 0 but got {seed!r}")
        self.model, self.seed, self.shares, self.start_s = model, seed, shares, start_s
        self.path = sound if isinstance(sound, Path) else None
        self._sound = sound_in(sound) if isinstance(sound, Path) else sound
        self._ears = ears
        self.duration_s = end_s(self._sound) - start_s
        if not len(self.times_s()):
            what = "the sound" if self.path is None else self.path
            raise ModelError(f"expected sound for at least one frame but {what} has {max(self.duration_s, 0):.3g} s")
        blinks = model.lids is not None and blinks_per_minute != 0
        self._blinks = blink_times(seed, self.duration_s, blinks_per_minute) if blinks else []

    @property
    def fps(self) -> Fraction:
        """The rate at which the networks work."""
        return Fraction(self.model.fps).limit_denominator(1001)

    def times_s(self, fps: Fraction | None = None) -> np.ndarray:  # float64 [round(duration x fps)]
        """Times of a film's frames, from 0 on; at the networks' own rate where `fps` is None."""
        return frame_times(self.duration_s, float(fps or self.fps))

    def check_fits(self, generator: EMOPortraits) -> None:
        """Raises ModelError unless the speech weights were trained for this model."""
        self.model.check_fits(generator)

    def motions(
        self,
        times_s: np.ndarray,  # float64 [T] since the film's first frame
        person: Motion,  # 1 frame: expression and head pose of the portrait
    ) -> Iterator[Motion]:
        """What sound alone makes of the person, some frames at a time, on the device of `person`."""
        z_first = person.z.detach().float().cpu()
        pieces = stream_motion(
            self.model, self._sound, np.asarray(times_s) + self.start_s, z_first, self.seed, self._ears
        )
        rest, done = _on_cpu(person.pose), 0
        for piece in pieces:
            pose = head_poses(piece.track, rest)
            z = self._with_blinks(piece.z, times_s[done : done + len(piece.z)])
            done += len(z)
            yield Motion(z.to(person.z), HeadPose(*(v.to(person.z) for v in _parts(pose))))

    def blended(
        self,
        heard: Motion,
        seen: Motion,
        *,
        face: bool,
        pose: bool,
    ) -> Motion:
        """One motion of both, by `shares`.

        Args:
            heard: as `motions` gives it.
            seen: what videos make of the same person; the photo itself where they do not show it.
            face, pose: whether a video shows the expression, and the head pose.
        """
        shares = self.shares or SoundShares.beside(face=face, pose=pose)
        return blend(heard, seen, shares, self.model.mouth_directions.to(heard.z))

    def _with_blinks(self, z: torch.Tensor, times_s: np.ndarray) -> torch.Tensor:  # [N, Z], [N]
        if self.model.lids is None:
            return z
        closure = torch.from_numpy(lid_closure(self._blinks, times_s))
        return z + closure[:, None] * self.model.lids


def _parts(pose: HeadPose) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return pose.scale, pose.rotation, pose.translation


def _on_cpu(pose: HeadPose) -> HeadPose:
    return HeadPose(*(value.detach().float().cpu() for value in _parts(pose)))
