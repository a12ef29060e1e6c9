"""Sizes of an EMOPortraits model, and the presets that name them."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from model.networks.errors import ModelError

_MOST_SIDE, _MOST_WIDTH, _MOST_BLOCKS = 4096, 16384, 64  # far above any published model
_MAY_BE_ZERO = ("warp_basis", "volume_blocks", "point_modes")
_POINT_CROP_STEP_PX = 16
Z_BESIDE_MODES = 6
"""Gaze (yaw, pitch) and tongue (protrusion, yaw, pitch, roll)."""


@dataclass(frozen=True)
class ModelConfig:
    """Every size that changes a shape. Defaults are the published stage-1 model (512 px, CVPR 2024).

    Attributes:
        image_size_px: side of source, driver and output pictures.
        volume_size, volume_depth, volume_channels: canonical volume, `[C, D, S, S]`.
        encoder_channels: local encoder widths: after the first convolution, then after each halving.
        identity_stage_blocks, identity_bottleneck, identity_width: ResNet of the global descriptor e_s.
        identity_image_px, motion_crop_px, pose_image_px: input sides of the three ResNets.
        motion_width, pose_width: base width of the two ResNet-18 (64 is the standard one).
        z_dim: length of the expression descriptor z.
        embed_channels, embed_size: e_s and the mixed embedding are `[embed_channels, embed_size, embed_size]`.
        warp_channels: widths of the warping generator, one per doubling from `embed_size` to `volume_size`.
        point_modes: E_motion reads face points and z starts with this many modes of their motion (after them: gaze and
            tongue, see `model.networks.point_motion`); 0 is the paper.
        point_widths: of the point reader, from half the crop's side to a sixteenth.
        point_close_px, point_close_widths: of the readers that look again at eyes and mouth, in crops of their own.
        warp_basis: number of learned displacement fields that z mixes linearly into the driver's warp; 0 is the paper.
        volume_blocks: residual blocks applied to the source volume before it is warped.
        unet_channels: widths of the three levels of the 3D U-Net.
        depth_factor: inside the U-Net and the warping generators depth reaches `volume_depth` times this.
        decoder_channels, decoder_blocks: width and number of the residual blocks at `volume_size`.
        decoder_image_channels: width after each doubling from `volume_size` to `image_size_px`; with a texture path
            there may be fewer: what is painted is then enlarged.
        decoder_blocks_per_size: residual blocks per doubling.
        decoder_adaptive: the mixed embedding of z and e_s also steers the decoder's normalisations (the published code
            has this as an option, off).
        norm_groups: groups of every group normalisation.
        canonical_residual: the U-Net adds to the warped source volume instead of replacing it, starting from nothing;
            a short training then begins with a working path from source to output.
        texture_path: blend the decoded picture with the source picture moved by the composed warps (not in the paper;
            see `model.networks.texture`), or by face points where they are read (`model.networks.point_path`).
        corner_grids: identity grids reach the corner samples although sampling is cell-centred, as the published
            model has it (each sampling shrinks the content slightly); False makes the identity warp exact.
        z_dropout: of the motion encoder, in training.
        z_dropout_last: dropout is its last layer, as the paper says; False: before its last linear layer, as published.
        green_background: the model was trained on sources cut out of their background (which is black) and paints
            green, (0, 1, 0), behind the head.
    """

    image_size_px: int = 512
    volume_size: int = 64
    volume_depth: int = 16
    volume_channels: int = 96
    encoder_channels: tuple[int, ...] = (128, 256, 512, 512)
    identity_stage_blocks: tuple[int, int, int, int] = (3, 4, 6, 3)
    identity_bottleneck: bool = True
    identity_width: int = 64
    identity_image_px: int = 256
    motion_crop_px: int = 128
    motion_width: int = 64
    pose_image_px: int = 128
    pose_width: int = 64
    z_dim: int = 128
    point_modes: int = 0
    point_widths: tuple[int, int, int, int] = (24, 48, 72, 96)
    point_close_px: int = 64
    point_close_widths: tuple[int, int, int, int] = (16, 32, 48, 64)
    embed_channels: int = 512
    embed_size: int = 4
    warp_channels: tuple[int, ...] = (256, 128, 64, 32)
    warp_basis: int = 0
    volume_blocks: int = 3
    unet_channels: tuple[int, int, int] = (192, 384, 512)
    depth_factor: int = 2
    decoder_channels: int = 512
    decoder_blocks: int = 6
    decoder_image_channels: tuple[int, ...] = (320, 192, 128)
    decoder_blocks_per_size: int = 2
    decoder_adaptive: bool = False
    norm_groups: int = 32
    canonical_residual: bool = False
    texture_path: bool = False
    corner_grids: bool = True
    z_dropout: float = 0.2
    z_dropout_last: bool = True
    green_background: bool = True

    def __post_init__(self) -> None:
        self._check_ranges()

        def doublings(small: int, large: int, what: str) -> int:
            steps = (large // small).bit_length() - 1
            if small <= 0 or small << steps != large:
                raise ModelError(f"expected {what} to be a power of two times {small} but got {large}")
            return steps

        halvings = doublings(self.volume_size, self.image_size_px, "image_size_px")
        painted = min(len(self.decoder_image_channels), halvings) if self.texture_path else halvings
        for field, expected in (
            ("encoder_channels", halvings + 1),
            ("decoder_image_channels", painted),
            ("warp_channels", doublings(self.embed_size, self.volume_size, "volume_size")),
        ):
            found = len(getattr(self, field))
            if found != expected:
                raise ModelError(f"expected {expected} values in {field} for these sizes but got {found}")

        if self.point_modes:
            self._check_points()

    def _check_points(self) -> None:
        if self.z_dim != self.point_modes + Z_BESIDE_MODES:
            raise ModelError(
                f"expected z_dim to be point_modes + {Z_BESIDE_MODES} = {self.point_modes + Z_BESIDE_MODES} but got"
                f" {self.z_dim}"
            )
        for field in ("motion_crop_px", "point_close_px"):
            if getattr(self, field) % _POINT_CROP_STEP_PX:
                raise ModelError(
                    f"expected {field} to be a multiple of {_POINT_CROP_STEP_PX} to read points from but got"
                    f" {getattr(self, field)}"
                )

    def _check_ranges(self) -> None:
        """Kinds and ranges of single fields: sizes may come from anybody's file."""
        for field in fields(self):
            value, default = getattr(self, field.name), field.default
            most = (
                _MOST_BLOCKS if "blocks" in field.name else _MOST_SIDE if "channels" not in field.name else _MOST_WIDTH
            )
            if isinstance(default, bool):
                ok, expected = isinstance(value, bool), "true or false"
            elif isinstance(default, float):
                ok, expected = isinstance(value, int | float) and 0 <= value < 1, "a number from 0 to below 1"
            elif isinstance(default, tuple):
                ok = (
                    isinstance(value, tuple)
                    and len(value) <= _MOST_BLOCKS
                    and all(_is_count(v, 1, most) for v in value)
                )
                expected = f"whole numbers from 1 to {most}"
            else:
                least = 0 if field.name in _MAY_BE_ZERO else 1
                ok, expected = _is_count(value, least, most), f"a whole number from {least} to {most}"
            if not ok:
                raise ModelError(f"expected {field.name} to be {expected} but got {str(value)[:80]}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as written beside the weights."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ModelConfig:
        """Inverse of `to_dict`; raises `ModelError` on a field that does not exist."""
        known = set(cls.__dataclass_fields__)
        extra = sorted(set(values) - known)
        if extra:
            raise ModelError(f"expected fields of ModelConfig but got also {', '.join(extra)}")
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**plain)


def _is_count(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


_MINI = ModelConfig(
    image_size_px=256,
    volume_size=32,
    volume_depth=4,
    volume_channels=16,
    encoder_channels=(8, 16, 32, 48),
    identity_stage_blocks=(2, 2, 2, 2),
    identity_bottleneck=False,
    identity_width=32,
    identity_image_px=128,
    motion_crop_px=96,
    pose_image_px=64,
    pose_width=32,
    z_dim=30,
    point_modes=24,
    embed_channels=128,
    warp_channels=(48, 24, 16),
    volume_blocks=1,
    unet_channels=(24, 48, 64),
    depth_factor=1,
    decoder_channels=64,
    decoder_blocks=1,
    decoder_image_channels=(48, 32),
    decoder_blocks_per_size=1,
    decoder_adaptive=True,
    norm_groups=8,
    canonical_residual=True,
    texture_path=True,
    corner_grids=False,
    z_dropout=0.1,
    z_dropout_last=False,
    green_background=False,
)

PRESETS: dict[str, ModelConfig] = {
    "emoportraits": ModelConfig(),
    # The baseline of the paper (Drobyshev et al. 2022) with the sizes of the published command line "original_mp". The
    # number of decoder blocks is not in it: 8 is a guess, a converted checkpoint has its own.
    "megaportraits": ModelConfig(
        z_dim=512,
        encoder_channels=(64, 128, 256, 512),
        decoder_blocks=8,
        decoder_image_channels=(256, 128, 64),
        decoder_blocks_per_size=1,
        z_dropout=0.0,
    ),
    "emoportraits-mini": _MINI,
    # The same sizes without face points: z is what a ResNet makes of the crop, and mixes learned displacement fields.
    "megaportraits-mini": replace(_MINI, point_modes=0, motion_width=32, warp_basis=16),
}


def preset(name: str) -> ModelConfig:
    """The configuration of a preset; raises `ModelError` naming the nearest for an unknown name."""
    if name in PRESETS:
        return PRESETS[name]
    near = difflib.get_close_matches(name, PRESETS, n=1, cutoff=0.3)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ModelError(f"expected a preset among {', '.join(sorted(PRESETS))} but got {name!r}{hint}")
