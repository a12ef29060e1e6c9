"""Rows of Table 4 at a size that trains in minutes on one CPU thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from model.networks.emoportraits import EMOPortraits
from model.training.losses.own_perceptual import load_own
from model.training.losses.perceptual import ImageLoss
from model.training.pairs import PairSampler
from model.training.paper import PaperRecipe
from model.training.paper_config import PaperConfig, read_config
from model.training.paper_networks import PerceptualLosses
from model.training.trainer import Trainer
from scripts.ablation_parts.people import Roles

ROWS = {
    "full": "emoportraits", "no_cv": "no_cv", "no_sdm": "no_sdm", "z512": "z512", "megaportraits": "megaportraits",
    "megaportraits_finetuned": "megaportraits_finetuned",
}  # fmt: skip
"""Row -> configuration whose losses, rules and data it has."""
SIZE_PX, BATCH = 64, 4
IMAGE_SCALES = 3  # 64, 32 and 16 px
Z_SHARE = 8  # 128 and 512 dimensions become 16 and 64
FINE_TUNE_SHARE = 0.25  # of the steps, after those of the baseline
LEFT_OUT = ("face", "gaze")  # their networks are made for photographs
MINI = {
    "preset": "megaportraits-mini", "image_size_px": SIZE_PX, "volume_size": 16, "volume_depth": 4,
    "volume_channels": 12, "encoder_channels": (12, 24, 48), "identity_image_px": 64, "identity_width": 12,
    "motion_crop_px": 64, "motion_width": 12, "pose_image_px": 32, "pose_width": 8, "embed_channels": 64,
    "warp_channels": (32, 16), "warp_basis": 0, "unet_channels": (16, 32, 48), "decoder_channels": 64,
    "decoder_image_channels": (32, 16), "decoder_adaptive": False, "norm_groups": 4,
    "z_dropout_last": True,
}  # fmt: skip
"""The paper's graph at a small size, but for `canonical_residual` and `texture_path` of the mini presets.

So short a training finds no path without them: no row comes near the source as it is, and z collapses.
"""


def config_of(row: str, seed: int, steps: int) -> PaperConfig:
    """The shipped configuration with sizes, schedule and image network replaced, nothing else."""
    shipped = read_config(ROWS[row], without=LEFT_OUT)
    sizes = shipped.sizes()
    model = MINI | {"z_dim": sizes.z_dim // Z_SHARE, "z_dropout": sizes.z_dropout}
    rules = replace(shipped.rules, perceptual="own", image_scales=IMAGE_SCALES, dis_scales=1, dis_channels=16)
    schedule = replace(
        shipped.schedule, steps=max(2, round(steps * FINE_TUNE_SHARE)) if shipped.schedule.fine_tune else steps,
        batch=BATCH, micro_batch=BATCH, lr=1e-3, lr_min=1e-5, dis_lr_min=1e-5, seed=seed,
    )  # fmt: skip
    return replace(shipped, model=model, rules=rules, schedule=schedule)


def recipe_of(row: str, seed: int, steps: int, roles: Roles, start: EMOPortraits | None) -> PaperRecipe:
    """The recipe of a row, from fresh weights or those of `start`."""
    config = config_of(row, seed, steps)
    schedule = config.schedule
    sampler = PairSampler(
        None if schedule.mixture == "extreme" else roles.ordinary,
        None if schedule.mixture == "ordinary" else roles.extreme,
        schedule.mixture, schedule.batch, schedule.micro_batch, schedule.seed, config.rules.pose_pairs,
    )  # fmt: skip
    return PaperRecipe(config, sampler, PerceptualLosses(ImageLoss(load_own(), IMAGE_SCALES)), start)


def trained(
    row: str, seed: int, steps: int, roles: Roles, folder: Path, baseline: Callable[[int], EMOPortraits]
) -> EMOPortraits:
    """Train a row, or go on with it where it was stopped; the model in evaluation mode.

    Args:
        folder: of the run's checkpoint.
        baseline: seed -> trained MegaPortraits, which the fine-tuned row starts from.
    """
    start = baseline(seed) if config_of(row, seed, steps).schedule.fine_tune else None
    trainer = Trainer(recipe_of(row, seed, steps, roles, start), folder, save_every_s=300)
    trainer.run()
    return trainer.averaged_model()
