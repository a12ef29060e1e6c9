"""EMOPortraits behind the method interface."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.errors import DriveError, MethodUnavailable
from baselines.interface.method import Chunk, Driver, Method, check_source
from baselines.interface.own_card import OWN_CARD
from baselines.reference.given_poses import to_canonical, with_rotation
from baselines.reference.speech_weights import SUBFOLDER, find_speech
from baselines.reference.weights import EMOPORTRAITS, find_weights
from feed_dataset.core.jobs.array_store import frames_sha256

if TYPE_CHECKING:
    from torch import Tensor

    from model import EMOPortraits, SourceIdentity
    from model.avatar.motion import Motion
    from model.speech import SpeechModel

BATCH_FRAMES = 5  # small enough for a few hundred megabytes of activations
KEPT_SOURCES = 8  # several cases share a source


class EmoPortraits(Method):
    """EMOPortraits, driven by frames, or by sound where those are withheld. Frames are resized to its side and back.

    Weights that read face points are driven relatively, by what changes since the driver's first frame, because points
    of one frame do not tell how a person looks at rest; all others absolutely, as in the paper.

    Sound moves mouth, upper face and head of the source by speech weights: those in the model's folder (`speech/`),
    else the shipped ones, if they were trained for this model. Beside frames, sound is not heard.

    Weights that read face points follow head poses that are given: absolutely beside frames; beside sound away from the
    driver's first frame, as the model reads that.

    Side, licence, training data and digest are what the checkpoint's own card says.

    Args:
        model: a model folder or a hub id; the default is the `emoportraits-mini` that the package ships.

    Raises:
        MethodUnavailable: no such weights, or those of the other graph.
    """

    name = "emoportraits"
    version = 3
    graph = EMOPORTRAITS
    paper = "arXiv:2404.19110"

    def __init__(self, model: str | None = None) -> None:
        self._weights = find_weights(model, self.graph)
        if self._weights.graph != self.graph:
            raise MethodUnavailable(
                f"expected weights of {self.graph} but {self._weights.folder} has the sizes of {self._weights.graph};"
                f" give them to --method {self._weights.graph}"
            )
        self._speech = find_speech(self._weights)
        self._device = "cpu"
        self._sources: OrderedDict[str, SourceIdentity] = OrderedDict()
        self.capabilities = replace(
            OWN_CARD,
            drives=frozenset({"image", "audio"} | ({"pose"} if self._weights.reads_points else set())),
            size_px=self._weights.size_px,
            licence=self._licence(),
            has_latents=True,
            hears=None if self._speech is None else self._speech.hears,
            trained_on=self._trained_on(),
            paper=self.paper,
            repository=self._weights.repository,
            commit=self._weights.commit,
        )

    @property
    def weights_sha256(self) -> str | None:
        return self._weights.sha256

    def _licence(self) -> str:
        own, heard = self._weights.licence, self._speech.licence if self._speech is not None else None
        return own if heard in (None, own) else f"{own}; speech weights: {heard}"

    def _trained_on(self) -> frozenset[str] | None:
        """Of all weights together."""
        own = self._weights.trained_on
        if self._speech is None or own is None:
            return own
        return None if self._speech.trained_on is None else own | self._speech.trained_on

    def weights_for(self, gives: Collection[str]) -> str | None:
        if "image" in gives or "audio" not in gives:
            return self.weights_sha256
        if self._speech is None:
            raise MethodUnavailable(
                f"{self.name} has no speech weights, by which sound drives, for {self._weights.sha256[:12]}: put some"
                f" into {self._weights.folder / SUBFOLDER} (docs/speech.md)"
            )
        return hashlib.sha256(f"{self._weights.sha256}{self._speech.sha256}".encode()).hexdigest()

    def load(self, device: str = "cpu") -> None:
        self._device = device
        self._sources.clear()
        self._model.to(device)

    def prepare(self, source: np.ndarray) -> SourceIdentity:
        import torch

        check_source(source)
        key = frames_sha256(source[None])
        if key not in self._sources:
            with torch.inference_mode():
                self._sources[key] = self._model.encode_source(self._to_model(source[None]))
        self._sources.move_to_end(key)
        while len(self._sources) > KEPT_SOURCES:
            self._sources.popitem(last=False)
        return self._sources[key]

    def drive(self, prepared: SourceIdentity, driver: Driver) -> Iterator[Chunk]:
        import torch

        from model.avatar.images import from_model, resize_square

        if driver.frames is None and driver.audio is None:
            raise DriveError("expected frames or sound to read the motion from but the protocol withholds both")
        motions = (
            self._heard(prepared, driver) if driver.frames is None else self._seen(prepared, driver, driver.frames)
        )
        for motion, z in motions:
            with torch.inference_mode():
                pictures = self._model.render(prepared, motion.z, motion.pose)
            made = [resize_square(picture, driver.size_px) for picture in from_model(pictures)]
            yield Chunk(np.stack(made), z.float().cpu().numpy())

    def _seen(self, prepared: SourceIdentity, driver: Driver, frames: np.ndarray) -> Iterator[tuple[Motion, Tensor]]:
        """Motion of the source, and z as it was read, a few frames at a time."""
        import torch

        from model.avatar.motion import Motion

        own, rest = Motion(prepared.z, prepared.pose), None
        for start in range(0, driver.frame_count, BATCH_FRAMES):
            part = slice(start, start + BATCH_FRAMES)
            with torch.inference_mode():
                pose, z = self._model.read_motion(self._to_model(frames[part]))
            motion = Motion(z, pose)
            if self._model.config.point_modes:
                rest = rest or motion[slice(0, 1)]
                motion = motion.relative(rest, own)
                if driver.pose is not None:
                    motion = with_rotation(motion, to_canonical(driver.pose[part]))
            yield motion, z

    def _heard(self, prepared: SourceIdentity, driver: Driver) -> Iterator[tuple[Motion, Tensor]]:
        """As `_seen`, of sound alone."""
        from feed_dataset.core.media.audio import resample
        from model.avatar.motion import Motion, repeat_pose
        from model.speech import SpeechDriver
        from model.speech.mel import SAMPLE_RATE_HZ
        from model.speech.samples import sound_of

        assert driver.audio is not None
        samples = resample(driver.audio.samples, driver.audio.sample_rate_hz, SAMPLE_RATE_HZ)
        speech = SpeechDriver(self._speech_model, sound_of(samples, 0.0), seed=driver.seed)
        times_s = np.arange(driver.frame_count) / float(driver.fps)
        rotation = None if driver.pose is None else self._read_as(driver, driver.pose)
        done = 0
        for piece in speech.motions(times_s, Motion(prepared.z, prepared.pose)):
            for start in range(0, len(piece), BATCH_FRAMES):
                motion = piece[slice(start, start + BATCH_FRAMES)]
                if rotation is not None:
                    own = Motion(motion.z, repeat_pose(prepared.pose, len(motion)))
                    motion = with_rotation(own, rotation[done : done + len(motion)])
                done += len(motion)
                yield motion, motion.z

    def _read_as(self, driver: Driver, pose: np.ndarray) -> np.ndarray:  # float64 [T, 3, 3]
        """Given head rotations as the model would read them, which reads the first frame a little otherwise."""
        import torch

        given = to_canonical(pose)
        if driver.first_frame is None:
            return given
        with torch.inference_mode():
            read, _ = self._model.read_motion(self._to_model(driver.first_frame[None]))
        first = read.rotation[0].double().cpu().numpy()
        return first @ given[0].T @ given

    @cached_property
    def _speech_model(self) -> SpeechModel:
        from model import ModelError
        from model.speech import load_speech

        self.weights_for({"audio"})
        assert self._speech is not None
        try:
            return load_speech(self._speech.folder)
        except ModelError as error:
            raise MethodUnavailable(f"{self.name}: {error}") from error

    @cached_property
    def _model(self) -> EMOPortraits:
        from model import EMOPortraits, ModelError

        try:
            return EMOPortraits.from_pretrained(self._weights.folder).to(self._device).to_inference()
        except ModelError as error:
            raise MethodUnavailable(f"{self.name}: {error}") from error

    def _to_model(self, frames: np.ndarray) -> Tensor:
        """uint8 [T, S, S, 3] -> float32 [T, 3, M, M] in [0, 1]."""
        from model.avatar.images import to_model

        return to_model(frames, self._model.config.image_size_px, next(self._model.parameters()))
