"""Training on rendered pictures with exact truth: motion readers, warps, then everything."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.networks.config import preset
from model.networks.emoportraits import EMOPortraits
from model.training.data import Batch, Readings, TrainingSet, sample_batch, sample_readings
from model.training.latents import PICTURES_PER_DIMENSION, latent_spread
from model.training.losses.rendered import (
    control_loss,
    flow_loss,
    landmark_loss,
    mode_loss,
    pose_loss,
    pyramid_l1,
    rotation_error_deg,
    warp_loss,
)
from model.training.randomness import seed_dropout, step_rng
from model.training.recipe import descend, set_rate


@dataclass(frozen=True)
class RenderedConfig:
    """Schedule and weights of a run.

    `reader_steps` train pose and z, `warp_steps` the warps from geometry alone (no picture is rendered, so they are
    cheap), `steps` everything but the pose. A full step renders `sources * drivers` pictures.
    """

    preset: str = "emoportraits-mini"
    seed: int = 0
    reader_steps: int = 4000
    reader_batch: int = 64
    reader_lr: float = 1e-3
    warp_steps: int = 500
    warp_sources: int = 8
    warp_drivers: int = 4
    warp_lr: float = 2e-3
    steps: int = 2000
    sources: int = 2
    drivers: int = 5
    lr: float = 7e-4
    lr_min: float = 2e-5
    warmup_steps: int = 100
    w_control: float = 1.0
    w_pose: float = 1.0
    w_landmark: float = 10.0
    w_modes: float = 4.0
    w_warp: float = 20.0
    w_moved: float = 0.3
    w_flow: float = 5.0
    ema_decay: float = 0.997


class RenderedRecipe:
    """Model, training heads and optimiser of a run on a rendered set; see `model.training.recipe.Recipe`."""

    def __init__(self, config: RenderedConfig, data: TrainingSet) -> None:
        torch.manual_seed(config.seed)
        self.config, self.data = config, data
        self.model = EMOPortraits(preset(config.preset))
        z_dim = self.model.config.z_dim
        # Only for training: what z and the features behind it have to tell linearly.
        self.heads = nn.ModuleDict({
            "controls": nn.Linear(z_dim, data.controls.shape[-1]),
            "landmarks": nn.Linear(z_dim * self.model.config.embed_size**2, 68 * 2),
            "modes": nn.Linear(z_dim, data.modes.shape[-1]),
        })  # fmt: skip
        self.point_weight = data.point_weight()
        self.mode_weight = torch.from_numpy(data.mode_weight)
        self.modules: dict[str, nn.Module] = {"model": self.model, "heads": self.heads}
        parameters = [p for module in self.modules.values() for p in module.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=config.lr, betas=(0.9, 0.98), weight_decay=1e-3)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"generator": self.optimiser}
        self.total_steps = config.reader_steps + config.warp_steps + config.steps
        self.ema_decay = config.ema_decay

    def update(self, step: int) -> dict[str, Tensor]:
        """One step of the phase that this step belongs to."""
        phase, rate = self.phase(step)
        rng = step_rng(self.config.seed, step)
        seed_dropout(self.config.seed, step)
        set_rate(self.optimiser, rate)
        # As published, the head-pose network is fixed once it has been trained.
        self.model.train().pose_net.train(phase == "readers").requires_grad_(phase == "readers")
        losses = {"readers": self._reader_losses, "warps": self._warp_losses, "pictures": self._losses}[phase](rng)
        self.optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        descend(self.optimiser, self.model.parameters(), losses, most_norm=2.0)
        return losses | {"lr": torch.tensor(rate)}

    @torch.no_grad()
    def watch(self, model: EMOPortraits) -> dict[str, float]:
        """AUC_z and components over random pictures of the set."""
        count = PICTURES_PER_DIMENSION * model.config.z_dim
        readings = sample_readings(self.data, step_rng(self.config.seed + 1, 0), count)
        return latent_spread(model.motion_encoder(readings.image, readings.pose))

    def settings(self) -> dict[str, Any]:
        return asdict(self.config)

    def provenance(self, step: int) -> dict[str, Any]:
        return {
            "data": "synthetic heads rendered by feed_dataset, no photographs",
            "identities": self.data.identities, "states": self.data.states, "step": step, **asdict(self.config),
        }  # fmt: skip

    def phase(self, step: int) -> tuple[str, float]:
        """What a step trains, and its learning rate: warm-up and a cosine in every phase."""
        config, position = self.config, step
        phase, length, peak = "readers", config.reader_steps, config.reader_lr
        if position >= length:
            position -= length
            phase, length, peak = "warps", config.warp_steps, config.warp_lr
        if phase == "warps" and position >= length:
            position -= length
            phase, length, peak = "pictures", config.steps, config.lr
        if position < config.warmup_steps:
            return phase, peak * (position + 1) / config.warmup_steps
        progress = min(1.0, position / max(1, length))
        return phase, config.lr_min + (peak - config.lr_min) * 0.5 * (1 + math.cos(math.pi * progress))

    def _reader_losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        return self._read(sample_readings(self.data, rng, self.config.reader_batch))[0]

    def _read(self, driver: Readings) -> tuple[dict[str, Tensor], Tensor]:
        pose = self.model.pose_net(driver.image)
        # Half of the crops use the regressed pose, as at inference; gradients of z do not train the pose net.
        use_truth = (torch.arange(driver.image.shape[0]) % 2 == 0).view(-1, 1)
        mixed = type(pose)(
            torch.where(use_truth, driver.pose.scale, pose.scale.detach()),
            torch.where(use_truth.unsqueeze(-1), driver.pose.rotation, pose.rotation.detach()),
            torch.where(use_truth, driver.pose.translation, pose.translation.detach()),
        )
        features = self.model.motion_encoder.features(driver.image, mixed)
        z = self.model.motion_encoder.to_z(features)
        config, heads = self.config, self.heads
        losses = {
            "pose": config.w_pose * pose_loss(pose, driver.pose),
            "control": config.w_control * control_loss(heads["controls"](z), driver.controls),
            "landmark": config.w_landmark * landmark_loss(heads["landmarks"](features), driver.landmarks),
            "modes": config.w_modes * mode_loss(heads["modes"](z), driver.modes, self.mode_weight),
        }
        losses["total"] = sum(losses.values(), z.new_zeros(()))
        losses["rotation_deg"] = rotation_error_deg(pose, driver.pose).mean().detach()
        return losses, z

    def _warp_losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        config, model = self.config, self.model
        batch = sample_batch(self.data, rng, config.warp_sources, config.warp_drivers)
        with torch.no_grad():
            z_source = model.motion_encoder(batch.source, batch.source_pose)
            z = model.motion_encoder(batch.driver.image, batch.driver.pose)
        descriptor = model.identity_encoder(batch.source)
        to_canonical = model.source_warp(model.mixer(z_source, descriptor))
        to_driver = model.warp_to_driver(model.mixer(z, descriptor.repeat_interleave(config.warp_drivers, dim=0)), z)
        losses = self._geometry(batch, to_canonical, to_driver)
        losses["total"] = losses["warp"]
        return losses

    def _geometry(self, batch: Batch, to_canonical: Tensor, to_driver: Tensor) -> dict[str, Tensor]:
        """Both expression warps against the face points; away from them a warp should rather stay still."""
        rest = batch.rest_points.repeat_interleave(to_driver.shape[0] // to_canonical.shape[0], dim=0)
        source = warp_loss(to_canonical, batch.rest_points, batch.source_points, self.point_weight)
        driver = warp_loss(to_driver, batch.target_points, rest, self.point_weight)
        still = sum((warp - self.model.volume_grid).abs().mean() for warp in (to_canonical, to_driver))
        half_px = self.model.config.image_size_px / 2
        return {
            "warp": self.config.w_warp * (source + driver + 0.2 * still),
            "source_px": half_px * source.detach(),  # of a face that fills the picture as in the canonical frame
            "driver_px": half_px * driver.detach(),
        }

    def _losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        config, model = self.config, self.model
        batch = sample_batch(self.data, rng, config.sources, config.drivers)
        losses, z = self._read(batch.driver)
        identity = model.encode_source(batch.source, batch.source_pose)
        result = model.render_parts(identity.repeat(config.drivers), z, batch.target_pose)
        losses |= self._geometry(batch, identity.warp, result.warp)
        losses["picture"] = pyramid_l1(result.image, batch.target, batch.weight)
        losses["total"] = losses["total"] + losses["warp"] + losses["picture"]
        if result.moved is not None and result.flow is not None:
            losses["moved"] = config.w_moved * pyramid_l1(result.moved, batch.target, batch.weight)
            losses["flow"] = config.w_flow * flow_loss(result.flow, batch.target_landmarks, batch.source_landmarks)
            losses["total"] = losses["total"] + losses["moved"] + losses["flow"]
        return losses
