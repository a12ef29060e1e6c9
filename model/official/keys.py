"""Names: what each of our tensors is called in a published stage-1 checkpoint, and how it is stored there.

The published networks wrap most convolutions in spectral normalisation and replace others by weight-standardised ones;
which one a layer got follows from its position among its siblings. Here the outcome is written down per layer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from model.networks.config import ModelConfig

Kind = Literal["plain", "spectral", "standardised"]

IGNORED = (
    "bn.",  # leftover of an unused loss
    "idt_embedder_nw.mean", "idt_embedder_nw.std",
    "expression_embedder_nw.net_face.mean", "expression_embedder_nw.net_face.std",
    "expression_embedder_nw.identity_grid", "expression_embedder_nw.aligned_keypoints",
    "xy_generator_nw.identity_grid", "uv_generator_nw.identity_grid",
    "discriminator_ds.", "affine_match_loss.",  # training only
)  # fmt: skip
"""Prefixes of keys that hold constants or that only training uses."""

GENERATOR = (
    "local_encoder_nw.", "idt_embedder_nw.", "expression_embedder_nw.", "pose_unsqueeze_nw.",
    "warp_embed_head_orig_nw.", "xy_generator_nw.", "uv_generator_nw.", "volume_source_nw.", "volume_process_nw.",
    "decoder_nw.",
)  # fmt: skip
"""Prefixes of the networks: an unknown key here means another network, anywhere else only something extra."""

_BLOCK = {
    "norm1": ("block_feats.0", "plain"),
    "conv1": ("block_feats.2", "standardised"),
    "norm2": ("block_feats.3", "plain"),
    "conv2": ("block.0", "spectral"),
    "skip": ("skip.0", "spectral"),
}
_LAYERS: dict[str, tuple[str, Kind]] = {
    "local_encoder.from_rgb": ("local_encoder_nw.from_rgb_{px}px", "spectral"),
    "local_encoder.norm": ("local_encoder_nw.finale_layers.0", "plain"),
    "local_encoder.to_volume": ("local_encoder_nw.finale_layers.2", "standardised"),
    "identity_encoder.fc": ("idt_embedder_nw.net.fc", "spectral"),
    "motion_encoder.fc": ("expression_embedder_nw.net_face.net.fc", "spectral"),
    "motion_encoder.to_z": ("expression_embedder_nw.net_face.pose_head", "spectral"),
    "mixer.unsqueeze": ("pose_unsqueeze_nw", "plain"),
    "mixer.mix": ("warp_embed_head_orig_nw", "spectral"),
    "source_warp.first_conv": ("xy_generator_nw.first_conv", "spectral"),
    "source_warp.norm": ("xy_generator_nw.pre_head.0", "plain"),
    "source_warp.head": ("xy_generator_nw.head.0.0", "spectral"),
    "driver_warp.first_conv": ("uv_generator_nw.first_conv", "spectral"),
    "driver_warp.norm": ("uv_generator_nw.pre_head.0", "plain"),
    "driver_warp.head": ("uv_generator_nw.head.0.0", "spectral"),
    "unet.norm": ("volume_process_nw.head.0", "plain"),
    "unet.head": ("volume_process_nw.head.2", "spectral"),
    "decoder.from_volume": ("decoder_nw.res_decoder.0", "spectral"),
    "decoder.norm": ("decoder_nw.img_decoder.dec_img_head.0", "plain"),
    "decoder.to_rgb": ("decoder_nw.img_decoder.dec_img_head.2", "standardised"),
}
_RESNETS = {"identity_encoder": "idt_embedder_nw.net", "motion_encoder": "expression_embedder_nw.net_face.net"}
_WARPS = {"source_warp": "xy_generator_nw", "driver_warp": "uv_generator_nw"}
_UNET = {"down": "blocks_3d_down", "up": "blocks_3d_up", "skips": "skip_blocks_3d_up"}


@dataclass(frozen=True)
class Origin:
    """Where one of our tensors comes from."""

    key: str  # `<layer>.<weight or bias>`, or a bare parameter
    kind: Kind

    def stored_keys(self) -> tuple[str, ...]:
        """The keys that hold it."""
        if self.kind != "spectral":
            return (self.key,)
        return (f"{self.key}_orig", f"{self.key}_u", f"{self.key}_v")


def origin(name: str, config: ModelConfig) -> Origin:
    """The published place of our tensor `name` (as in `EMOPortraits.state_dict()`, head-pose network aside).

    Raises:
        KeyError: the published model has no such tensor (options that only our smaller models use).
    """
    if name == "unet.constant":
        return Origin("volume_process_nw.input_tensor", "plain")
    adaptive = re.fullmatch(r"(\w+)\.blocks\.(\d+)\.norm([12])\.project_(channels|positions)", name)
    if adaptive:
        warp, block, norm, which = adaptive.groups()
        letter = "u" if which == "channels" else "v"
        return Origin(f"{_WARPS[warp]}.projector.{letter}.{2 * int(block) + int(norm) - 1}", "plain")
    layer, leaf = name.rsplit(".", 1)
    official, kind = _layer(layer, config)
    # The bias of a normalised layer, and everything of a norm, is stored as it is.
    return Origin(f"{official}.{leaf}", kind if leaf == "weight" else "plain")


def _layer(layer: str, config: ModelConfig) -> tuple[str, Kind]:
    if layer in _LAYERS:
        official, kind = _LAYERS[layer]
        return official.format(px=config.image_size_px), kind
    network, _, rest = layer.partition(".")
    if not rest:
        raise KeyError(layer)
    if network in _RESNETS:
        official, kind = _resnet_layer(rest.removeprefix("trunk."), config.identity_bottleneck and network[0] == "i")
        return f"{_RESNETS[network]}.{official}", kind
    # An adaptive norm keeps its own affine one level deeper than a plain one.
    block, part = rest.removesuffix(".norm").rsplit(".", 1)
    inside, kind_of_part = _BLOCK[part]
    in_volume = network in ("volume_blocks", "unet")
    if part == "conv1" and in_volume:
        kind_of_part = "spectral"  # plain norms make standardised convolutions only in 2-D
    kind = kind_of_part  # type: ignore[assignment]
    index = int(block.rsplit(".", 1)[-1])
    if network == "local_encoder":
        return f"local_encoder_nw.enc_{index}_block={config.image_size_px >> index}px.{inside}", kind
    if network in _WARPS:
        return f"{_WARPS[network]}.blocks_3d.{index}.{inside}", kind
    if network == "volume_blocks":
        return f"volume_source_nw.net.net.{index}.{inside}", kind
    if network == "unet":
        return f"volume_process_nw.{_UNET[block.split('.')[0]]}.{index}.{inside}", kind
    if network == "decoder":
        if index < config.decoder_blocks:
            return f"decoder_nw.res_decoder.{index + 1}.{inside}", kind
        return f"decoder_nw.img_decoder.dec_img_blocks.{index - config.decoder_blocks}.{inside}", kind
    raise KeyError(layer)


def _resnet_layer(layer: str, bottleneck: bool) -> tuple[str, Kind]:
    """Our trunk layer in torchvision's names; the second (and third) convolution of a block is standardised."""
    official, kind = torchvision_name(layer), "spectral"
    if "norm" in layer or layer.endswith("skip.1"):
        kind = "plain"
    elif layer.endswith(".conv2") or (bottleneck and layer.endswith(".conv3")):
        kind = "standardised"
    return official, kind  # type: ignore[return-value]


def torchvision_name(layer: str) -> str:
    """A layer of `ResNetTrunk` in torchvision's names: `stages.0.1.norm2` is `layer1.1.bn2`."""
    stage = re.fullmatch(r"stages\.(\d)\.(\d+)\.(.+)", layer)
    if stage:
        number, block, part = stage.groups()
        return f"layer{int(number) + 1}.{block}.{part.replace('norm', 'bn').replace('skip', 'downsample')}"
    return layer.replace("norm", "bn")
