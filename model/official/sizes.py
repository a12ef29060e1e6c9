"""The sizes of a published stage-1 checkpoint, read off its keys and shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from model.networks.config import PRESETS, ModelConfig
from model.networks.errors import ModelError
from model.official.keys import GENERATOR

Shapes = Mapping[str, Sequence[int]]


def read_sizes(shapes: Shapes) -> tuple[str, ModelConfig]:
    """Name of the preset that has these sizes ("custom" for none) and the configuration.

    Only what the published command lines vary is read: z, the widths of the local encoder, the decoder's blocks and
    widths, the picture size, the volume's blocks. Everything else must be as published; `compare` finds out.

    Raises:
        ModelError: not a stage-1 checkpoint; says what it seems to be.
    """
    if not any(key.startswith(GENERATOR) for key in shapes):
        raise ModelError(_what_else(shapes))
    paper = PRESETS["emoportraits"]
    from_rgb = _match(shapes, r"local_encoder_nw\.from_rgb_(\d+)px\.weight_orig")
    up = _match(shapes, r"decoder_nw\.img_decoder\.dec_img_blocks\.(\d+)\.block\.0\.weight_orig")
    down = _match(shapes, r"local_encoder_nw\.enc_(\d+)_block=\d+px\.block\.0\.weight_orig")
    changes: dict[str, object] = {}
    if shapes.get("pose_unsqueeze_nw.weight"):
        changes["z_dim"] = shapes["pose_unsqueeze_nw.weight"][-1]
    if from_rgb:
        ((side, (width, *_)),) = from_rgb[:1]
        changes["image_size_px"] = side
        changes["encoder_channels"] = (width, *(shape[0] for _, shape in down))
    if up and down:
        per_size = max(1, len(up) // len(down))
        changes["decoder_blocks_per_size"] = per_size
        changes["decoder_image_channels"] = tuple(shape[0] for _, shape in up[::per_size])
    blocks = _match(shapes, r"decoder_nw\.res_decoder\.([1-9]\d*)\.block\.0\.weight_orig")
    if blocks:
        changes["decoder_blocks"] = len(blocks)
    volume = _match(shapes, r"volume_source_nw\.net\.net\.(\d+)\.block\.0\.weight_orig")
    if volume:
        changes["volume_blocks"] = len(volume)
    config = replace(paper, **changes)  # type: ignore[arg-type]
    for name, known in PRESETS.items():
        if config == replace(known, z_dropout=config.z_dropout):  # dropout leaves no trace in weights
            return name, known
    return "custom", config


def _match(shapes: Shapes, pattern: str) -> list[tuple[int, Sequence[int]]]:
    found = ((re.fullmatch(pattern, key), shape) for key, shape in shapes.items() if shape)  # `compare` names scalars
    return sorted((int(match.group(1)), shape) for match, shape in found if match)


def _what_else(shapes: Shapes) -> str:
    expected = "expected an EMOPortraits stage-1 checkpoint (…_model.pth)"
    examples = ", ".join(list(shapes)[:3])
    if any(key.startswith("local_encoder.") for key in shapes) and any(key.startswith("decoder.") for key in shapes):
        if "mixer.unsqueeze.weight" in shapes:
            return f"{expected} but got weights that are converted already"
        return (
            f"{expected} but got a stage-2 one (keys {examples}, ...): stage 2 enlarges and sharpens finished pictures,"
            " and this package has no such network"
        )
    if "layer1.0.conv1.weight" in shapes and "fc.weight" in shapes:
        return f"{expected} but got a ResNet: give head_pose_regressor.pth as --pose-checkpoint, beside the checkpoint"
    return f"{expected} but got {len(shapes)} tensors of another model: no key of its networks, but {examples}, ..."
