"""EMOPortraits (CVPR 2024), stage 1: one source picture, driven by the head pose and expression of other pictures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from torch import Tensor, nn

from .appearance import IdentityEncoder, LocalEncoder
from .config import ModelConfig, preset
from .decoder import Decoder
from .errors import ModelError
from .layers import channels_last
from .motion import MotionEncoder
from .pose import HeadPose, HeadPoseNet
from .texture import TexturePath
from .volume import UNet3d, VolumeBlocks
from .warping import EmbeddingMixer, WarpBasis, WarpGenerator, identity_grid, rigid_warp, sample_volume

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True)
class SourceIdentity:
    """What is computed once per source picture."""

    canonical_volume: Tensor  # V^C [1, C, D, V, V]
    descriptor: Tensor  # e_s [1, E, 4, 4]
    pose: HeadPose
    z: Tensor  # [1, z_dim], the source's own expression
    image: Tensor  # [1, 3, S, S]
    warp: Tensor  # w_{s->} [1, D, V, V, 3]

    def repeat(self, count: int) -> SourceIdentity:
        """Each row `count` times in a row: one per driver."""
        parts = (self.pose.scale, self.pose.rotation, self.pose.translation)
        pose = HeadPose(*(_repeat(value, count) for value in parts))
        volume, descriptor, z, image, warp = (
            _repeat(value, count) for value in (self.canonical_volume, self.descriptor, self.z, self.image, self.warp)
        )
        return SourceIdentity(volume, descriptor, pose, z, image, warp)


def _repeat(value: Tensor, count: int) -> Tensor:
    return value.repeat_interleave(count, dim=0)


@dataclass(frozen=True)
class Rendering:
    """A rendered picture and what moved it, for losses."""

    image: Tensor  # [B, 3, S, S] in [0, 1]
    warp: Tensor  # w_{->d} [B, D, V, V, 3]
    moved: Tensor | None = None  # [B, 3, S, S] the source picture moved by the texture path
    flow: Tensor | None = None  # [B, S, S, 2] where each output pixel reads the source


@dataclass(frozen=True)
class DriveResult:
    """Pictures of the source in the driver's pose and expression, and what drove them."""

    image: Tensor  # [B, 3, S, S] in [0, 1]
    z: Tensor  # [B, z_dim]
    pose: HeadPose


class EMOPortraits(nn.Module):
    """The generator and its two motion readers. Pictures are square face crops, float32 RGB in [0, 1].

    Example:
        >>> model = EMOPortraits.from_preset("emoportraits-mini").eval()
        >>> picture = torch.rand(1, 3, 128, 128)
        >>> model.drive(model.encode_source(picture), picture).image.shape
        torch.Size([1, 3, 128, 128])
    """

    volume_grid: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.weights_sha256: str | None = None
        self.local_encoder = LocalEncoder(config)
        self.identity_encoder = IdentityEncoder(config)
        self.pose_net = HeadPoseNet(config)
        self.motion_encoder = MotionEncoder(config)
        self.mixer = EmbeddingMixer(config)
        self.source_warp = WarpGenerator(config)  # w_{s->}
        self.driver_warp = WarpGenerator(config)  # w_{->d}
        self.warp_basis = WarpBasis(config) if config.warp_basis else None
        self.volume_blocks = VolumeBlocks(config)
        self.unet = UNet3d(config)
        self.decoder = Decoder(config)
        self.texture = TexturePath(config) if config.texture_path else None
        grid = identity_grid(config.volume_depth, config.volume_size, config.volume_size, config.corner_grids)
        self.register_buffer("volume_grid", grid, persistent=False)
        channels_last(self)

    def read_motion(self, image: Tensor, pose: HeadPose | None = None) -> tuple[HeadPose, Tensor]:
        """Head pose and z of pictures `[B, 3, S, S]`; a given pose replaces the regressed one."""
        self._check(image)
        pose = self.pose_net(image) if pose is None else pose
        return pose, self.motion_encoder(image, pose)

    def encode_source(self, image: Tensor, pose: HeadPose | None = None) -> SourceIdentity:
        """Source picture `[B, 3, S, S]` to its canonical volume and descriptor (run once per identity)."""
        pose, z = self.read_motion(image, pose)
        descriptor = self.identity_encoder(image)
        volume = self.volume_blocks(self.local_encoder(image))
        volume = sample_volume(volume, rigid_warp(self.volume_grid, pose.theta_inverse()))
        warp = self.source_warp(self.mixer(z, descriptor))
        return SourceIdentity(self.unet(sample_volume(volume, warp)), descriptor, pose, z, image, warp)

    def render(self, identity: SourceIdentity, z: Tensor, pose: HeadPose) -> Tensor:
        """Pictures `[B, 3, S, S]` of an identity (batch 1 or B) with expressions `z [B, z_dim]` and poses."""
        return self.render_parts(identity, z, pose).image

    def render_parts(self, identity: SourceIdentity, z: Tensor, pose: HeadPose) -> Rendering:
        """What `render` returns, with the expression warp and what the texture path made."""
        if identity.descriptor.shape[0] != z.shape[0]:
            identity = identity.repeat(z.shape[0])
        embedding = self.mixer(z, identity.descriptor)
        warp = self.warp_to_driver(embedding, z)
        grid = rigid_warp(self.volume_grid, pose.theta())
        volume = sample_volume(sample_volume(identity.canonical_volume, warp), grid)
        decoded = self.decoder(volume, embedding)
        if self.texture is None:
            return Rendering(decoded, warp)
        moved, flow = self.texture(identity.image, identity.pose, identity.warp, warp, grid, volume)
        picture, share = decoded.split((3, 1), dim=1)
        return Rendering(share * moved + (1 - share) * picture, warp, moved, flow)

    def warp_to_driver(self, embedding: Tensor, z: Tensor) -> Tensor:  # [B, D, V, V, 3]
        """w_{->d} from the mixed embedding of z and e_s."""
        warp: Tensor = self.driver_warp(embedding)
        return warp if self.warp_basis is None else warp + self.warp_basis(z)

    def drive(self, identity: SourceIdentity, frames: Tensor) -> DriveResult:
        """Transfer pose and expression of driver pictures `[B, 3, S, S]` onto an encoded source."""
        pose, z = self.read_motion(frames)
        return DriveResult(self.render(identity, z, pose), z, pose)

    def forward(self, source: Tensor, driver: Tensor) -> Tensor:
        """One picture per (source, driver) pair, `[B, 3, S, S]` each."""
        return self.drive(self.encode_source(source), driver).image

    def parameter_counts(self) -> dict[str, int]:
        """Parameters per network."""
        return {name: sum(p.numel() for p in child.parameters()) for name, child in self.named_children()}

    def _check(self, image: Tensor) -> None:
        side = self.config.image_size_px
        if image.dim() != 4 or image.shape[1:] != (3, side, side):
            raise ModelError(f"expected pictures [B, 3, {side}, {side}] but got {list(image.shape)}")

    @classmethod
    def from_preset(cls, name: str, *, pretrained: bool = False) -> EMOPortraits:
        """A model of a named size; `pretrained` loads the weights that the package ships for it.

        Raises:
            ModelError: unknown preset, or a preset without shipped weights.
        """
        config = preset(name)
        if not pretrained:
            return cls(config)
        folder = resources.files(__package__) / "weights" / name
        if not (folder / WEIGHTS_FILE).is_file():
            raise ModelError(f"expected shipped weights for preset {name!r} but this package has none; train it first")
        with resources.as_file(folder) as path:
            return cls.from_pretrained(path)

    @classmethod
    def from_pretrained(cls, folder: Path | str) -> EMOPortraits:
        """Load `config.json` and `model.safetensors` of a folder, in evaluation mode.

        Raises:
            ModelError: a file is missing or damaged, or tensors are missing, unknown or of another shape.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load as load_tensors

        folder = Path(folder)
        try:
            settings = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
            data = (folder / WEIGHTS_FILE).read_bytes()
            tensors = load_tensors(data)
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(
                f"expected a model folder with {CONFIG_FILE} and {WEIGHTS_FILE} at {folder} but got: {error}"
            ) from error
        model = cls(ModelConfig.from_dict(settings["model"]))
        _load_exactly(model, tensors)
        model.weights_sha256 = hashlib.sha256(data).hexdigest()
        return model.eval()


def _load_exactly(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    expected = model.state_dict()
    problems = [f"missing {name}" for name in sorted(expected.keys() - tensors.keys())]
    problems += [f"unknown {name}" for name in sorted(tensors.keys() - expected.keys())]
    problems += [
        f"{name} is {list(tensors[name].shape)} instead of {list(expected[name].shape)}"
        for name in sorted(expected.keys() & tensors.keys())
        if tensors[name].shape != expected[name].shape
    ]
    if problems:
        shown = "; ".join(problems[:3])
        raise ModelError(f"expected weights of this model but {len(problems)} tensors differ: {shown}")
    model.load_state_dict({name: value.to(expected[name].dtype) for name, value in tensors.items()})


def save_pretrained(model: EMOPortraits, folder: Path | str, *, provenance: dict[str, object], half: bool) -> None:
    """Write `config.json` (sizes and provenance) and `model.safetensors`, each by atomic rename.

    Args:
        provenance: how the weights were made (data, seed, steps, commit); kept beside the sizes.
        half: store floating tensors as float16.
    """
    from safetensors.torch import save as dump_tensors

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, value in model.state_dict().items():
        value = value.detach().cpu().contiguous()
        tensors[name] = value.half() if half and value.is_floating_point() else value
    settings = {"model": model.config.to_dict(), "provenance": provenance}
    for name, data in (
        (WEIGHTS_FILE, dump_tensors(tensors)),
        (CONFIG_FILE, (json.dumps(settings, indent=2, sort_keys=True) + "\n").encode()),
    ):
        part = folder / f".{name}.part"
        part.write_bytes(data)
        part.replace(folder / name)
