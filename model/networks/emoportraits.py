"""EMOPortraits (CVPR 2024), stage 1: one source picture, driven by the head pose and expression of other pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Self

import torch
from torch import Tensor, nn

from model.networks.appearance import IdentityEncoder, LocalEncoder
from model.networks.card import card_text
from model.networks.checkpoint import WEIGHTS_FILE
from model.networks.config import ModelConfig, preset
from model.networks.decoder import Decoder
from model.networks.errors import ModelError
from model.networks.face_modes import project
from model.networks.inference import fuse_blocks
from model.networks.layers import channels_last
from model.networks.motion import MotionEncoder
from model.networks.point_motion import PointMotion
from model.networks.point_path import Moved, PointPath, SourceFace
from model.networks.pose import HeadPose, HeadPoseNet
from model.networks.saved import SavedModel
from model.networks.texture import TexturePath
from model.networks.volume import UNet3d, VolumeBlocks
from model.networks.warping import EmbeddingMixer, WarpBasis, WarpGenerator, identity_grid, rigid_warp, sample_volume
from model.networks.winograd import use_winograd


@dataclass(frozen=True)
class SourceIdentity:
    """What is computed once per source picture."""

    canonical_volume: Tensor  # V^C [1, C, D, V, V]
    descriptor: Tensor  # e_s [1, E, 4, 4]
    pose: HeadPose
    z: Tensor  # [1, z_dim], the source's own expression
    image: Tensor  # [1, 3, S, S]
    warp: Tensor  # w_{s->} [1, D, V, V, 3]
    face: SourceFace | None = None  # where face points are read

    def repeat(self, count: int) -> SourceIdentity:
        """Each row `count` times in a row: one per driver."""
        return self._map(lambda value: value.repeat_interleave(count, dim=0))

    def expand(self, count: int) -> SourceIdentity:
        """One identity for `count` drivers, without a copy."""
        return self._map(lambda value: value.expand(count, *value.shape[1:]))

    def rolled(self) -> SourceIdentity:
        """Each row the one before it: somebody else of the batch."""
        return self._map(lambda value: value.roll(1, dims=0))

    def _map(self, change: Callable[[Tensor], Tensor]) -> SourceIdentity:
        pose = HeadPose(*(change(value) for value in (self.pose.scale, self.pose.rotation, self.pose.translation)))
        volume, descriptor, z, image, warp = (
            change(value) for value in (self.canonical_volume, self.descriptor, self.z, self.image, self.warp)
        )
        face = None if self.face is None else SourceFace(change(self.face.points), change(self.face.canonical))
        return SourceIdentity(volume, descriptor, pose, z, image, warp, face)


@dataclass(frozen=True)
class Rendering:
    """A rendered picture and what moved it, for losses."""

    image: Tensor  # [B, 3, S, S] in [0, 1]
    warp: Tensor  # w_{->d} [B, D, V, V, 3]
    moved: Tensor | None = None  # [B, 3, S, S] the source picture moved by the texture path
    flow: Tensor | None = None  # [B, S, S, 2] where each output pixel reads the source
    painted: Tensor | None = None  # [B, 3, S, S] the decoder's picture
    share: Tensor | None = None  # [B, 1, S, S] of the moved picture in `image`; the rest is painted


@dataclass(frozen=True)
class DriveResult:
    """Pictures of the source in the driver's pose and expression, and what drove them."""

    image: Tensor  # [B, 3, S, S] in [0, 1]
    z: Tensor  # [B, z_dim]
    pose: HeadPose


class EMOPortraits(SavedModel[ModelConfig]):
    """The generator and its two motion readers. Pictures are square face crops, float32 RGB in [0, 1].

    Example:
        >>> model = EMOPortraits.from_preset("emoportraits-mini").eval()
        >>> picture = torch.rand(1, 3, 256, 256)
        >>> model.drive(model.encode_source(picture), picture).image.shape
        torch.Size([1, 3, 256, 256])
    """

    sizes = ModelConfig
    volume_grid: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.local_encoder = LocalEncoder(config)
        self.identity_encoder = IdentityEncoder(config)
        self.pose_net = HeadPoseNet(config)
        self.motion_encoder = PointMotion(config) if config.point_modes else MotionEncoder(config)
        self.mixer = EmbeddingMixer(config)
        self.source_warp = WarpGenerator(config)  # w_{s->}
        self.driver_warp = WarpGenerator(config)  # w_{->d}
        self.warp_basis = WarpBasis(config) if config.warp_basis else None
        self.volume_blocks = VolumeBlocks(config)
        self.unet = UNet3d(config)
        self.decoder = Decoder(config)
        self.texture = None
        if config.texture_path:
            self.texture = PointPath(config) if config.point_modes else TexturePath(config)
        grid = identity_grid(config.volume_depth, config.volume_size, config.volume_size, config.corner_grids)
        self.register_buffer("volume_grid", grid, persistent=False)
        channels_last(self)

    def read_motion(self, image: Tensor, pose: HeadPose | None = None) -> tuple[HeadPose, Tensor]:
        """Head pose and z of pictures `[B, 3, S, S]`; a given pose replaces the regressed one.

        A model that reads face points corrects either pose by them.
        """
        pose = self._pose(image, pose)
        if isinstance(self.motion_encoder, PointMotion):
            read = self.motion_encoder.read(image, pose)
            return read.pose, read.z
        return pose, self.motion_encoder(image, pose)

    def _pose(self, image: Tensor, pose: HeadPose | None) -> HeadPose:
        self._check(image)
        if pose is None:
            if "pose_net" in self.absent:
                raise ModelError(
                    "expected a head pose, because these weights have no head-pose network; convert the checkpoint"
                    " with --pose-checkpoint head_pose_regressor.pth, or give poses"
                )
            pose = self.pose_net(image)
        return pose

    def encode_source(self, image: Tensor, pose: HeadPose | None = None) -> SourceIdentity:
        """Source picture `[B, 3, S, S]` to its canonical volume and descriptor (run once per identity)."""
        pose = self._pose(image, pose)
        if isinstance(self.motion_encoder, PointMotion):
            read = self.motion_encoder.read(image, pose)
            return self.encode_known(image, read.pose, read.z, SourceFace(read.points, read.canonical))
        return self.encode_known(image, pose, self.motion_encoder(image, pose))

    def encode_known(self, image: Tensor, pose: HeadPose, z: Tensor, face: SourceFace | None = None) -> SourceIdentity:
        """As `encode_source`, where pose, z and face points are known."""
        descriptor = self.identity_encoder(image)
        volume = self.volume_blocks(self.local_encoder(image.to(self.dtype)))
        volume = sample_volume(volume, rigid_warp(self.volume_grid, pose.theta_inverse()))
        warp = self.source_warp(self.mixer(z, descriptor).to(self.dtype))
        return SourceIdentity(self.unet(sample_volume(volume, warp)), descriptor, pose, z, image, warp, face)

    def render(self, identity: SourceIdentity, z: Tensor, pose: HeadPose) -> Tensor:
        """Pictures `[B, 3, S, S]` of an identity (batch 1 or B) with expressions `z [B, z_dim]` and poses."""
        return self.render_parts(identity, z, pose).image

    def render_parts(
        self, identity: SourceIdentity, z: Tensor, pose: HeadPose, points: Tensor | None = None
    ) -> Rendering:
        """What `render` returns, with the expression warp and what the texture path made.

        Args:
            points: `[B, SKIN_POINTS, 2]` where the face points go, known from elsewhere (a rendered truth); None: where
                z and pose send them. Only for models that read face points.
        """
        if identity.descriptor.shape[0] != z.shape[0]:
            identity = identity.expand(z.shape[0])
        embedding = self.mixer(z, identity.descriptor)
        warp = self.warp_to_driver(embedding, z)
        grid = rigid_warp(self.volume_grid, pose.theta())
        volume = sample_volume(sample_volume(identity.canonical_volume, warp), grid)
        embedding = embedding.to(self.dtype)
        if self.texture is None:
            return Rendering(self.decoder(volume, embedding).float(), warp)
        if isinstance(self.texture, PointPath):
            by_points = self.move_by_points(identity, z, pose, points)
            decoded = self.decoder(volume, embedding, by_points).float()
            moved, flow = by_points.picture, by_points.flow
        else:
            decoded = self.decoder(volume, embedding).float()
            moved, flow = self.texture(identity.image, identity.pose, identity.warp, warp, grid, volume)
        picture, share = decoded.split((3, 1), dim=1)
        return Rendering(share * moved + (1 - share) * picture, warp, moved, flow, picture, share)

    def move_by_points(
        self, identity: SourceIdentity, z: Tensor, pose: HeadPose, points: Tensor | None = None
    ) -> Moved:
        """The source picture moved by its face points alone, without volume and decoder; as in `render_parts`."""
        assert isinstance(self.motion_encoder, PointMotion) and isinstance(self.texture, PointPath)
        assert identity.face is not None  # `encode_source` of such a model reads it
        modes = self.motion_encoder.modes
        if points is None:
            change = (z - identity.z)[:, : modes.count]
            points = project(modes.moved(identity.face.canonical, change), pose)
        return self.texture(modes, identity.image, identity.face, identity.pose, points, pose)

    def warp_to_driver(self, embedding: Tensor, z: Tensor) -> Tensor:  # [B, D, V, V, 3]
        """w_{->d} from the mixed embedding of z and e_s."""
        warp: Tensor = self.driver_warp(embedding.to(self.dtype))
        return warp if self.warp_basis is None else warp + self.warp_basis(z)

    def drive(self, identity: SourceIdentity, frames: Tensor) -> DriveResult:
        """Transfer pose and expression of driver pictures `[B, 3, S, S]` onto an encoded source."""
        pose, z = self.read_motion(frames)
        return DriveResult(self.render(identity, z, pose), z, pose)

    def forward(self, source: Tensor, driver: Tensor) -> Tensor:
        """One picture per (source, driver) pair, `[B, 3, S, S]` each."""
        return self.drive(self.encode_source(source), driver).image

    def to_inference(self, dtype: torch.dtype = torch.float32, *, compile: bool = False) -> Self:
        """Turn this model, in place, into one for inference only: what `fuse` does, and on a CPU fewer multiplications.

        Results agree with the model as it was up to rounding; it cannot be saved or trained any more.

        Args:
            dtype: of the heavy networks; poses, z, grids and sampling stay float32.
            compile: see `compile_per_frame`.
        """
        heavy = self.fuse(dtype)
        if dtype == torch.float32 and self.volume_grid.device.type == "cpu":
            for network in heavy:
                use_winograd(network)
        if compile:
            self.compile_per_frame()
        return self

    def fuse(self, dtype: torch.dtype = torch.float32) -> tuple[nn.Module, ...]:
        """Fuse resizing blocks, cast the heavy networks, which are returned, and freeze everything, in place."""
        fuse_blocks(self.local_encoder.blocks)
        fuse_blocks(self.decoder.blocks)
        heavy: tuple[nn.Module, ...] = (
            self.local_encoder, self.source_warp, self.driver_warp, self.volume_blocks, self.unet, self.decoder,
        )  # fmt: skip
        for parameter in (parameter for network in heavy for parameter in network.parameters()):
            parameter.data = parameter.data.to(dtype)  # not the grids among the buffers
        self.requires_grad_(False).eval()
        channels_last(self)
        return heavy

    def compile_per_frame(self) -> None:
        """Compile, at their first call, the networks that run for every frame; with CUDA graphs on a GPU."""
        mode = "reduce-overhead" if self.volume_grid.is_cuda else "default"
        per_frame: tuple[nn.Module, ...] = (self.pose_net, self.motion_encoder, self.driver_warp, self.decoder)
        for network in per_frame:
            network.compile(mode=mode)

    @property
    def dtype(self) -> torch.dtype:
        """Of the heavy networks."""
        return self.decoder.norm.weight.dtype

    def _check(self, image: Tensor) -> None:
        side = self.config.image_size_px
        if image.dim() != 4 or image.shape[1:] != (3, side, side):
            raise ModelError(f"expected pictures [B, 3, {side}, {side}] but got {list(image.shape)}")

    @classmethod
    def from_preset(cls, name: str, *, pretrained: bool = False) -> Self:
        """A model of a named size; `pretrained` loads the weights that the package ships for it.

        Raises:
            ModelError: unknown preset, or a preset without shipped weights.
        """
        config = preset(name)
        if not pretrained:
            return cls(config)
        folder = resources.files("model") / "weights" / name
        if not (folder / WEIGHTS_FILE).is_file():
            raise ModelError(f"expected shipped weights for preset {name!r} but this package has none; train it first")
        with resources.as_file(folder) as path:
            return cls.from_pretrained(path)

    def card(self) -> str:
        return card_text(self.config, self.provenance)
