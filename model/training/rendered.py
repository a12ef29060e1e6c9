"""Training on rendered pictures with exact truth: motion readers, warps, then everything."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.networks.checkpoint import load_exactly
from model.networks.config import preset
from model.networks.emoportraits import EMOPortraits
from model.training.data import Batch, TrainingSet, sample_batch
from model.training.latents import latent_spread
from model.training.losses.rendered import flow_loss, pyramid_l1, warp_loss
from model.training.plain_readers import PlainReaders
from model.training.point_readers import PointReaders
from model.training.randomness import seed_dropout, step_rng
from model.training.recipe import DATA_WAIT, descend, set_rate

SHOWN_PEOPLE = 4  # on the board of a validation
FREE_PAINT = 0.6
"""Share of the generator's steps in which paint costs nothing: what is dear before it is good is never used."""


@dataclass(frozen=True)
class RenderedConfig:
    """Schedule and weights of a run.

    `reader_steps` train pose and z, `warp_steps` the warps from geometry alone (no picture is rendered, so they are
    cheap), `steps` everything but the pose. A full step renders `sources * drivers` pictures.
    """

    preset: str = "emoportraits-mini"
    seed: int = 0
    reader_steps: int = 9000
    reader_batch: int = 12
    reader_lr: float = 2e-3
    warp_steps: int = 0
    warp_sources: int = 8
    warp_drivers: int = 4
    warp_lr: float = 2e-3
    steps: int = 1000
    sources: int = 2
    drivers: int = 4
    lr: float = 1e-3
    lr_min: float = 2e-5
    warmup_steps: int = 50
    w_warp: float = 20.0
    w_moved: float = 0.3
    w_flow: float = 5.0
    w_paint: float = 0.15
    ema_decay: float = 0.997


class RenderedRecipe:
    """Model, training heads and optimiser of a run on a rendered set; see `model.training.recipe.Recipe`."""

    def __init__(self, config: RenderedConfig, data: TrainingSet, start_from: EMOPortraits | None = None) -> None:
        torch.manual_seed(config.seed)
        self.config, self.data = config, data
        self.model = EMOPortraits(preset(config.preset))
        self.started_from = None if start_from is None else start_from.weights_sha256
        if start_from is not None:
            load_exactly(self.model, start_from.state_dict())
        kind = PointReaders if self.model.config.point_modes else PlainReaders
        self.readers: PointReaders | PlainReaders = kind(self.model, data)
        self.point_weight = data.point_weight()
        # The heads are only for training.
        self.modules: dict[str, nn.Module] = {"model": self.model, "heads": nn.ModuleDict(self.readers.heads)}
        parameters = [p for module in self.modules.values() for p in module.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=config.lr, betas=(0.9, 0.98), weight_decay=1e-3, fused=True)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"generator": self.optimiser}
        self.total_steps = config.reader_steps + config.warp_steps + config.steps
        self.ema_decay = config.ema_decay

    def update(self, step: int) -> dict[str, Tensor]:
        """One step of the phase that this step belongs to."""
        phase, rate = self.phase(step)
        if step == self.config.reader_steps and (step or self.started_from):
            self.readers.finish(self.model)  # of weights that were started from, too: their set was perhaps another one
        rng = step_rng(self.config.seed, step)
        seed_dropout(self.config.seed, step)
        set_rate(self.optimiser, rate)
        # As published, the head-pose network is fixed once it has been trained.
        self.model.train().pose_net.train(phase == "readers").requires_grad_(phase == "readers")
        made: dict[str, Callable[[np.random.Generator], dict[str, Tensor]]] = {
            "readers": self._reader_losses, "warps": self._warp_losses, "pictures": partial(self._losses, step)
        }  # fmt: skip
        losses = made[phase](rng)
        self.optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        descend(self.optimiser, self.model.parameters(), losses, most_norm=5.0)
        waited_s = self.readers.waiting.take_s()
        return losses | {"lr": torch.tensor(rate), DATA_WAIT: torch.tensor(waited_s)}

    @torch.no_grad()
    def watch(self, model: EMOPortraits) -> dict[str, float]:
        """AUC_z and components, and what the readers tell of people they were not trained on."""
        z = self.readers.random_z(model)
        return latent_spread(z) | self.readers.watch(model)

    @torch.no_grad()
    def pictures(self, model: EMOPortraits) -> Tensor:  # [N, 3, 3, S, S]
        """Sources, drivers and outputs, read as at inference; of people not trained on where there are some."""
        held = range(self.readers.people.stop, self.data.identities) or self.readers.people
        batch = sample_batch(self.data, np.random.default_rng(0), SHOWN_PEOPLE, 1, held)
        assert batch.driver is not None
        identity = model.encode_source(batch.source, batch.source_pose)
        _, z = model.read_motion(batch.driver.image)
        made = model.render(identity, z, batch.target_pose)
        return torch.stack([batch.source, batch.driver.image, made], dim=1)

    def settings(self) -> dict[str, Any]:
        return asdict(self.config) | {"start_from": self.started_from}

    def provenance(self, step: int) -> dict[str, Any]:
        return {
            "data": "synthetic heads rendered by feed_dataset, no photographs",
            "trained_on": [self.data.described], "sizes": self.config.preset, "identities": self.data.identities,
            "states": self.data.states, "step": step, **self.settings(),
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
        return self.readers.losses(self.model, rng, self.config.reader_batch)

    def _warp_losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        config, model = self.config, self.model
        with self.readers.waiting:
            batch = sample_batch(self.data, rng, config.warp_sources, config.warp_drivers)
        with torch.no_grad():
            z_source, z = self.readers.zs(model, batch)
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

    def _losses(self, step: int, rng: np.random.Generator) -> dict[str, Tensor]:
        config, model = self.config, self.model
        by_points = isinstance(self.readers, PointReaders)
        with self.readers.waiting:
            batch = sample_batch(
                self.data, rng, config.sources, config.drivers, self.readers.people, readings=not by_points
            )
        losses: dict[str, Tensor] = {}
        points = None
        if isinstance(self.readers, PointReaders):
            identity, z, points = self.readers.known(model, batch, rng)
        else:
            assert batch.driver is not None
            losses, z = self.readers.read(model, batch.driver)
            identity = model.encode_source(batch.source, batch.source_pose)
        result = model.render_parts(identity.repeat(config.drivers), z, batch.target_pose, points)
        losses |= self._geometry(batch, identity.warp, result.warp)
        losses["picture"] = pyramid_l1(result.image, batch.target, batch.weight)
        losses["total"] = losses.get("total", 0) + losses["warp"] + losses["picture"]
        if by_points and result.painted is not None and result.share is not None:
            # Where the moved source is good nothing would teach what to paint, and the share could never fall.
            losses["painted"] = config.w_moved * pyramid_l1(result.painted, batch.target, batch.weight)
            # A blurred mean is nearer to the truth than hair that was moved a little wrong, and looks worse: paint has
            # to be better by this much, which it is in mouths, on lids and where the head lays something bare.
            learnt = step - config.reader_steps - config.warp_steps
            price = config.w_paint if learnt >= FREE_PAINT * config.steps else 0.0
            losses["paint"] = price * (1 - result.share).mean()
            losses["total"] = losses["total"] + losses["painted"] + losses["paint"]
            losses["share"] = result.share.mean().detach()
        elif result.moved is not None and result.flow is not None:
            losses["moved"] = config.w_moved * pyramid_l1(result.moved, batch.target, batch.weight)
            losses["flow"] = config.w_flow * flow_loss(result.flow, batch.target_landmarks, batch.source_landmarks)
            losses["total"] = losses["total"] + losses["moved"] + losses["flow"]
        return losses
