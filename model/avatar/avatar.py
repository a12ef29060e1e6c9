"""`Avatar`: a person in a photo, encoded once, driven as often as wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from feed_dataset.core.faces.crop import CropBox, apply_crop
from model.avatar.faces import Face, FaceFinder
from model.avatar.images import PasteBack, from_model, replace_green, to_model
from model.avatar.mask import PersonMask
from model.avatar.motion import Motion, join, repeat_pose
from model.avatar.spoken import Spoken
from model.networks.emoportraits import EMOPortraits, SourceIdentity
from model.networks.errors import ModelError
from model.networks.pose import HeadPose

Transfer = Literal["relative", "absolute"]
DEFAULT_MODEL = "emoportraits-mini"
BATCH_FRAMES = 5


@dataclass(frozen=True, repr=False)
class Driven:
    """Pictures of the source, and the motion that they show."""

    frames: np.ndarray  # uint8 [T, S, S, 3]
    motion: Motion

    def __repr__(self) -> str:
        return f"Driven(frames={self.frames.dtype}{list(self.frames.shape)}, motion={self.motion!r})"


class Avatar:
    """One person.

    >>> avatar = Avatar("photo.jpg")
    >>> avatar.drive(frames).frames                         # uint8 [T, H, W, 3] in, [T, S, S, 3] out
    >>> avatar.drive(frames, pose_frames=others).frames     # expression of one person, head pose of another
    >>> avatar.drive(z=z, pose=pose).frames                 # any latents and poses

    Args:
        source: a picture file, or uint8 `[H, W, 3]` RGB.
        model: a model, used as it is, or a folder or hub id of one or the name of a preset with shipped weights, which
            is loaded in its inference form.
        face: number of the face in the photo, from 1; None takes the most prominent one.
        crop: False takes the picture as the square face crop that it is.
        mask: bool `[H, W]`, True on the person; only for models that paint a green background, which otherwise cut
            the person out by a segmentation network.
        finder: face networks to share between several avatars.

    Raises:
        NoFaceError: the photo shows no face.
        ImageDecodeError: the file is no readable picture.
        ModelError: no such model or face, or a picture of another shape or type.
    """

    def __init__(
        self,
        source: np.ndarray | Path | str,
        model: EMOPortraits | Path | str = DEFAULT_MODEL,
        *,
        face: int | None = None,
        crop: bool = True,
        mask: np.ndarray | None = None,
        finder: FaceFinder | None = None,
    ) -> None:
        self.model = model.eval() if isinstance(model, EMOPortraits) else load_model(model).to_inference()
        self.finder = finder or FaceFinder()
        self.photo = _photo(source)
        height, width = self.photo.shape[:2]
        self.face: Face | None = None
        if crop:
            self.face = self.finder.choose(self.photo, face)
            self.box = self.face.crop((height, width))
        elif height != width:
            raise ModelError(f"expected a square crop (crop=False) but got {width} x {height}")
        else:
            self.box = CropBox(0, 0, height)
        self.identity = self._encode(mask)
        self.motion = Motion(self.identity.z, self.identity.pose)  # of the photo itself, 1 frame
        self._paste = PasteBack(self.photo, self.box)

    @property
    def side_px(self) -> int:
        """Side of the pictures that the model makes."""
        return self.model.config.image_size_px

    @torch.inference_mode()
    def read(
        self,
        crops: np.ndarray,  # uint8 [T, S, S, 3] square face crops
    ) -> Motion:
        """Expression and head pose in each crop."""
        if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[3] != 3 or crops.shape[1] != crops.shape[2]:
            raise ModelError(f"expected crops uint8 [T, S, S, 3] but got {crops.dtype} {list(crops.shape)}")
        if not len(crops):
            raise ModelError("expected at least one driver frame but got none")
        parts = []
        for start in range(0, len(crops), BATCH_FRAMES):
            pose, z = self.model.read_motion(self._to_model(crops[start : start + BATCH_FRAMES]))
            parts.append(Motion(z, pose))
        return join(parts)

    @torch.inference_mode()
    def render(self, motion: Motion) -> np.ndarray:
        """Pictures of this person in that motion, uint8 [T, S, S, 3]."""
        if motion.z.shape[1] != self.identity.z.shape[1]:
            raise ModelError(f"expected z [T, {self.identity.z.shape[1]}] but got {list(motion.z.shape)}")
        made = []
        for start in range(0, len(motion), BATCH_FRAMES):
            part = motion[slice(start, start + BATCH_FRAMES)]
            made.append(from_model(self.model.render(self.identity, part.z, part.pose)))
        return np.concatenate(made)

    def drive(
        self,
        frames: np.ndarray | None = None,  # uint8 [T, H, W, 3]
        *,
        pose_frames: np.ndarray | None = None,  # uint8 [T or 1, H, W, 3]
        z: Tensor | None = None,  # [T, z_dim]
        pose: HeadPose | None = None,  # of T frames
        transfer: Transfer = "relative",
        expression: float = 1.0,
    ) -> Driven:
        """Drive by pictures, or by latents and poses.

        Args:
            frames: what gives the expression, and the head pose unless `pose_frames` does. One fixed square around
                the face of the first frame is used throughout.
            pose_frames: what gives the head pose.
            z, pose: instead of pictures; what is left out is that of the source photo.
            transfer: "relative" applies to the photo what changes since the driver's first frame; "absolute" takes the
                driver's expression and head pose as they are (the paper).
            expression: how far to go from the driver's first expression; 1 as far as the driver, 0 not at all.

        Raises:
            ModelError: nothing to drive by, or lengths that do not fit.
            NoFaceError: the first frame of a driver shows no face.
        """
        if frames is not None:
            if z is not None or pose is not None:
                raise ModelError("expected frames, or z and pose, but got both")
            motion = self.read(self.crop_driver(frames))
            if pose_frames is not None:
                motion = motion.with_pose_of(self.read(self.crop_driver(pose_frames)))
            return self.follow(motion, rest=motion[slice(0, 1)], transfer=transfer, expression=expression)
        if pose_frames is not None or expression != 1.0:
            raise ModelError("expected frames to go with pose_frames and expression")
        return Driven(*self._by_latents(z, pose))

    def follow(
        self,
        motion: Motion,
        *,
        rest: Motion,  # 1 frame
        transfer: Transfer = "relative",
        expression: float = 1.0,
    ) -> Driven:
        """Drive by a motion that was read before; `rest` is where scaling and relative motion start from."""
        motion = self.transferred(motion, rest=rest, transfer=transfer, expression=expression)
        return Driven(self.render(motion), motion)

    def transferred(
        self,
        motion: Motion,
        *,
        rest: Motion,  # 1 frame
        transfer: Transfer = "relative",
        expression: float = 1.0,
    ) -> Motion:
        """A driver's motion as that of this person; what `follow` renders."""
        if expression != 1.0:
            motion = motion.scaled(expression, rest.z)
        return motion.relative(rest, self.motion) if transfer == "relative" else motion.absolute(self.motion)

    def held(self, count: int) -> Motion:
        """The photo's own expression and head pose for so many frames."""
        return Motion(self.motion.z.expand(count, -1), repeat_pose(self.motion.pose, count))

    def speak(
        self,
        speech: Spoken,
        frames: np.ndarray | None = None,  # uint8 [T, H, W, 3]
        *,
        pose_frames: np.ndarray | None = None,  # uint8 [T or 1, H, W, 3]
        transfer: Transfer = "relative",
        expression: float = 1.0,
    ) -> Driven:
        """Drive by sound, alone or beside pictures: T = round(duration x rate) frames at the rate of the speech.

        All pictures are made at once; `model.avatar.film.animate` writes a video of any length.

        Args:
            speech: a `model.speech.SpeechDriver`: weights, sound and seed. What it moves beside pictures is said there.
            frames: what gives the expression that sound does not, and the head pose unless `pose_frames` does.
            pose_frames: what gives the head pose.
            transfer: how pictures drive, as in `drive`.
            expression: how far to go from the photo's expression; 1 as far as the speech and the pictures, 0 not at
                all.

        Raises:
            ModelError: speech weights of another model, or another number of frames than the sound has.
            NoFaceError: the first of the frames shows no face.
            FeedError: sound that cannot be read.
        """
        speech.check_fits(self.model)
        heard = join(list(speech.motions(speech.times_s(), self.motion))).scaled(expression, self.motion.z)
        seen = self.held(len(heard))
        if frames is not None:
            read = self.read(self.crop_driver(frames))
            seen = self.transferred(read, rest=read[slice(0, 1)], transfer=transfer, expression=expression)
        if pose_frames is not None:
            read = self.read(self.crop_driver(pose_frames))
            seen = seen.with_pose_of(self.transferred(read, rest=read[slice(0, 1)], transfer=transfer))
        if len(seen) != len(heard):
            raise ModelError(f"expected {len(heard)} frames, as the sound has, but got {len(seen)}")
        has_pose = frames is not None or pose_frames is not None
        motion = speech.blended(heard, seen, face=frames is not None, pose=has_pose)
        return Driven(self.render(motion), motion)

    def crop_driver(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3]
    ) -> np.ndarray:  # uint8 [T, S, S, 3]
        """One fixed square around the most prominent face of the first frame."""
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
            raise ModelError(f"expected frames uint8 [T, H, W, 3] but got {frames.dtype} {list(frames.shape)}")
        if not len(frames):
            raise ModelError("expected at least one driver frame but got none")
        box = self.finder.choose(frames[0]).crop((frames.shape[1], frames.shape[2]))
        return apply_crop(frames, box, self.side_px)

    def composite(
        self,
        square: np.ndarray,  # uint8 [S, S, 3] as the model made it
        background: np.ndarray | None = None,  # uint8 [S, S, 3]
    ) -> np.ndarray:
        """The square with its green replaced, where the model paints one; unchanged otherwise.

        Args:
            background: what to put behind the head; None takes what the photo shows there.
        """
        if not self.model.config.green_background:
            return square
        if background is None:
            background = apply_crop(self.photo[None], self.box, square.shape[0])[0]
        return replace_green(square, background)

    def paste(
        self,
        square: np.ndarray,  # uint8 [S, S, 3]
    ) -> np.ndarray:  # uint8 [H, W, 3]
        """The whole photo with the square in its place, with soft edges."""
        return self._paste(square)

    @torch.inference_mode()
    def encode_crop(
        self,
        crop: np.ndarray,  # uint8 [S, S, 3] a square face crop, its background black where the model paints green
    ) -> SourceIdentity:
        """Another picture encoded as a source, for experiments with canonical volumes."""
        return self.model.encode_source(self._to_model(crop[None]))

    def _encode(self, mask: np.ndarray | None) -> SourceIdentity:
        picture = self.photo
        if self.model.config.green_background:
            mask = PersonMask()(picture) if mask is None else mask
            if mask.shape != picture.shape[:2]:
                raise ModelError(f"expected a mask of the photo's size {picture.shape[:2]} but got {mask.shape}")
            picture = np.where(mask[..., None], picture, np.uint8(0))
        elif mask is not None:
            raise ModelError("expected no mask: this model keeps the photo's background")
        return self.encode_crop(apply_crop(picture[None], self.box, self.side_px)[0])

    def _by_latents(self, z: Tensor | None, pose: HeadPose | None) -> tuple[np.ndarray, Motion]:
        if z is None and pose is None:
            raise ModelError("expected frames, z or pose to drive by but got none")
        count = len(z) if z is not None else pose.scale.shape[0] if pose is not None else 0
        own = self.motion
        motion = Motion(
            own.z.expand(count, -1) if z is None else z.to(own.z),
            repeat_pose(own.pose if pose is None else pose, count),
        )
        return self.render(motion), motion

    def _to_model(self, crops: np.ndarray) -> Tensor:
        # A float32 buffer: the networks may hold another type, which they convert to themselves.
        return to_model(crops, self.side_px, self.model.volume_grid)


def load_model(model: EMOPortraits | Path | str) -> EMOPortraits:
    """A model, the shipped weights of a preset, or those of a folder or hub id. Raises ModelError."""
    from model.networks.config import PRESETS

    if isinstance(model, EMOPortraits):
        return model
    if isinstance(model, str) and model in PRESETS:
        return EMOPortraits.from_preset(model, pretrained=True)
    return EMOPortraits.from_pretrained(model)


def _photo(source: np.ndarray | Path | str) -> np.ndarray:
    if not isinstance(source, np.ndarray):
        from feed_dataset.core.media.images import read_image

        return read_image(source)
    if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3:
        raise ModelError(f"expected a picture uint8 [H, W, 3] RGB but got {source.dtype} {list(source.shape)}")
    return source
