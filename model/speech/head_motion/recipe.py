"""Training of section 10: a generator against two critics (WGAN-GP), on windows of clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from model.networks.errors import ModelError
from model.speech.head_motion.critics import GlobalCritic, LocalCritic, critic_loss, seen_by
from model.speech.head_motion.data import MotionBatch, MotionClips
from model.speech.head_motion.generator import HeadMotion
from model.speech.head_motion.losses import generator_terms, weighted
from model.speech.head_motion.rotation import ROTATION, TRANSLATION, angular_speeds_deg_s
from model.speech.head_motion.training_config import HeadMotionTraining
from model.training.loader import BatchLoader
from model.training.recipe import DATA_WAIT, descend, set_rate

WATCHED_CLIPS = 16


class HeadMotionRecipe:
    """Generator, local and global critic with their optimisers; see `model.training.recipe.Recipe`.

    Args:
        config: every setting.
        clips: to train on.
        held_out: clips of other people, for validations; None: those that are trained on.
        device: where to train.
        workers: processes that make batches ahead.
    """

    def __init__(
        self,
        config: HeadMotionTraining,
        clips: MotionClips,
        held_out: MotionClips | None = None,
        device: str = "cpu",
        workers: int = 0,
    ) -> None:
        self.config, self.clips, self.held_out = config, clips, held_out or clips
        schedule, from_clips = config.schedule, _from_clips(clips)
        if _from_clips(self.held_out) != from_clips:
            raise ModelError(
                f"expected held-out clips as those of the training ({from_clips}) but got {_from_clips(self.held_out)}"
            )
        self.device = torch.device(device)
        self.batches = BatchLoader(self._batch, range(schedule.critic_steps + 1), schedule.steps, workers)
        torch.manual_seed(schedule.seed)
        self.sizes = config.sizes(**from_clips)
        self.model = HeadMotion(self.sizes)
        self.model.set_spread(clips.track(number) for number in range(len(clips.clips)))
        self.speed = self._speed().to(self.device) if config.critics.speeds else None
        self.critics: dict[str, nn.Module] = {
            "local": LocalCritic(config.critics), "global": GlobalCritic(config.critics, self.sizes.feature_dim)
        }  # fmt: skip
        self.modules: dict[str, nn.Module] = {"model": self.model, **self.critics}
        for module in self.modules.values():
            module.to(self.device)
        betas = schedule.beta1, schedule.beta2
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(module.parameters(), schedule.lr if name == "model" else schedule.critic_lr, betas)
            for name, module in self.modules.items()
        }
        self.total_steps, self.ema_decay = schedule.steps, schedule.ema_decay

    def _speed(self) -> Tensor:  # [2]
        """Root mean square difference of neighbouring frames of all clips, in units of spread."""
        steps = torch.cat(
            [self.model.in_spreads(self.clips.track(n)).diff(dim=0) for n in range(len(self.clips.clips))]
        )
        parts = steps[:, ROTATION], steps[:, TRANSLATION]
        return torch.stack([part.square().mean().sqrt().clamp_min(1e-6) for part in parts])

    def _batch(self, step: int, part: int) -> MotionBatch:
        schedule = self.config.schedule
        return self.clips.batch(schedule.seed, step, part, schedule.batch, self.sizes.noise_dim)

    def _drawn(self, step: int, part: int) -> MotionBatch:
        batch = self.batches.at(step, part)
        return MotionBatch(*(getattr(batch, name).to(self.device) for name in MotionBatch.__dataclass_fields__))

    def update(self, step: int) -> dict[str, Tensor]:
        """Steps of both critics, each on windows of its own, then one of the generator.

        Without a weight for what they say critics learn nothing.
        """
        self.model.train()
        left = 1 - step / self.total_steps
        for name, optimiser in self.optimisers.items():
            set_rate(optimiser, left * (self.config.schedule.lr if name == "model" else self.config.schedule.critic_lr))
        critic_steps = self.config.schedule.critic_steps
        judged: dict[str, Tensor] = {}
        if self.config.losses.adversarial:
            batches = [self._drawn(step, part) for part in range(critic_steps)]
            for batch, made in zip(batches, self._made(batches), strict=True):
                judged = self._train_critics(batch, made)
        terms = self._train_generator(self._drawn(step, critic_steps))
        return terms | judged | {DATA_WAIT: torch.tensor(self.batches.take_wait_s())}

    @torch.no_grad()
    def _made(self, batches: Sequence[MotionBatch]) -> tuple[Tensor, ...]:  # [B, T, 9] each, in spreads
        """What the generator makes of batches, all at once: it stays as it is while critics learn."""
        features, noise = (torch.cat([getattr(batch, name) for batch in batches]) for name in ("features", "noise"))
        return self.model.in_spreads(self.model(features, noise)).chunk(len(batches))

    def _train_critics(self, batch: MotionBatch, made: Tensor) -> dict[str, Tensor]:
        truth, made = (seen_by(track, self.speed) for track in (self.model.in_spreads(batch.track), made))
        terms = {
            name: critic_loss(critic, truth, made, batch.features, batch.share, self.config.schedule.penalty)
            for name, critic in self.critics.items()
        }
        torch.stack(list(terms.values())).sum().backward()
        for name, critic in self.critics.items():
            descend(self.optimisers[name], critic.parameters(), terms)
        return {name: value.detach() for name, value in terms.items()}

    def _train_generator(self, batch: MotionBatch) -> dict[str, Tensor]:
        for critic in self.critics.values():
            critic.requires_grad_(False)
        made = self.model.in_spreads(self.model(batch.features, batch.noise))
        truth = self.model.in_spreads(batch.track)
        terms = generator_terms(made, truth, batch.features, self.critics.values(), self.speed)
        terms["total"] = weighted(terms, self.config.losses)
        terms["total"].backward()
        for critic in self.critics.values():
            critic.requires_grad_(True)
        descend(self.optimisers["model"], self.model.parameters(), terms)
        return {name: value.detach() for name, value in terms.items()}

    @torch.no_grad()
    def watch(self, model: HeadMotion) -> dict[str, float]:
        """Of the first held-out clips: error, and how fast heads turn in relation to the true ones."""
        errors, made_speeds, true_speeds = [], [], []
        for number in range(min(WATCHED_CLIPS, len(self.held_out.clips))):
            features, track = self.held_out.whole(number)
            made = model.sample(features, seed=number).cpu()
            away = model.in_spreads(made.to(model.spread)) - model.in_spreads(track.to(model.spread))
            errors.append(away.abs().mean().item())
            made_speeds.append(angular_speeds_deg_s(made, self.clips.clips.fps).mean().item())
            true_speeds.append(angular_speeds_deg_s(track, self.clips.clips.fps).mean().item())
        return {"l1": sum(errors) / len(errors), "speed_ratio": sum(made_speeds) / max(sum(true_speeds), 1e-9)}

    def settings(self) -> dict[str, Any]:
        return {
            **asdict(self.config), "sizes": self.sizes.to_dict(), "clips": len(self.clips.clips),
            "frames": self.clips.frame_count,
        }  # fmt: skip

    def provenance(self, step: int) -> dict[str, Any]:
        people = {header.person for header in self.clips.clips.clips}
        return {
            "recipe": "EMOPortraits, section 10", "step": step, "people": len(people),
            **self.settings(), "clips_too_short": self.clips.clips.too_short,
        }  # fmt: skip


def _from_clips(clips: MotionClips) -> dict[str, Any]:
    """Sizes that clips decide. Raises ModelError for clips that do not say what made their features."""
    folder = clips.clips
    if folder.origin.audio_features is None:
        raise ModelError("expected clips that say what made their features but these do not")
    return {"feature_dim": folder.feature_dim, "fps": folder.fps, "audio_features": folder.origin.audio_features}
