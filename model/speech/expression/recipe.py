"""Training of the audio encoder on cached features and latents; the motion encoder is the teacher (5.2, 9)."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import torch
from torch import Tensor, nn

from feed_dataset.core.jobs.array_store import key_of
from model.analysis.principal import Components
from model.networks.checkpoint import load_exactly
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.clips import ClipFolder
from model.speech.expression.batches import ClipBatch, ClipSampler, watched_clips
from model.speech.expression.encoder import SpeechEncoder
from model.speech.expression.losses import MouthComponentsLoss, latent_l1
from model.speech.expression.pictures import PictureLosses
from model.speech.expression.training_config import SpeechTraining
from model.training.loader import BatchLoader
from model.training.losses.total import weighted_total
from model.training.recipe import DATA_WAIT, descend, set_rate


class SpeechRecipe:
    """Encoder and optimiser; see `model.training.recipe.Recipe`.

    Args:
        config: every setting.
        clips: features and the teacher's z; with pictures where `config` compares some.
        mouth: components of Z_m that L_PCA compares z by; without L_PCA they are only watched, or None.
        held_out: clips of other people to watch; None: the training's own.
        pictures: the losses on pictures that `config` computes; None: it computes none.
        start: encoder whose weights training starts from; None: fresh ones.
        device: where to train.
        workers: processes that make batches ahead; see `BatchLoader`.

    Raises:
        ModelError: the clips do not say what made them, are of another teacher than `config` asks for, or something
            that a loss reads is missing; names it.
    """

    def __init__(
        self,
        config: SpeechTraining,
        clips: ClipFolder,
        mouth: Components | None,
        held_out: ClipFolder | None = None,
        pictures: PictureLosses | None = None,
        start: SpeechEncoder | None = None,
        device: str = "cpu",
        workers: int = 0,
    ) -> None:
        schedule, rules = config.schedule, config.rules
        self.config, self.clips, self.held_out = config, clips, held_out
        self.weights, self.device = config.weights(), torch.device(device)
        _check_origin(clips, held_out, rules.disentangled)
        _check_pictures(config, clips, pictures)
        shapes = clips.clips[0].shapes
        z_dim, feature_dim = shapes["z"][1], shapes["features"][1]
        self.mouth_loss = _mouth_loss(mouth, z_dim, rules.components, needed="pca" in self.weights)
        self.pictures = pictures
        pictured = rules.pictured if pictures else 0
        sampler = ClipSampler(
            clips, schedule.batch, schedule.shortest, schedule.longest, pictured, schedule.seed, rules.at_rest,
            rules.other_rests,
        )  # fmt: skip
        self.batches = BatchLoader(sampler.at, (0,), schedule.steps, workers)
        torch.manual_seed(schedule.seed)
        heard = clips.origin.audio_features
        sizes = config.sizes(z_dim=z_dim, feature_dim=feature_dim, fps=clips.fps, audio_features=heard)
        self.model = SpeechEncoder(sizes)
        self.started_from = None if start is None else start.weights_sha256
        if start is not None:
            load_exactly(self.model, start.state_dict())
        self.modules: dict[str, nn.Module] = {"model": self.model}
        for module in (self.model, self.mouth_loss, pictures):
            if module is not None:
                module.to(self.device)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), schedule.lr, (schedule.beta1, schedule.beta2), weight_decay=schedule.weight_decay
        )
        self.optimisers: dict[str, torch.optim.Optimizer] = {"encoder": self.optimiser}
        self.total_steps, self.ema_decay = schedule.steps, schedule.ema_decay

    def update(self, step: int) -> dict[str, Tensor]:
        """One step on one batch of clips."""
        set_rate(self.optimiser, self.rate(step))
        self.model.train()
        batch = self.batches.at(step, 0).to(self.device)
        terms = self.terms(batch)
        terms["total"] = weighted_total(terms, self.weights)
        self.optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()
        descend(self.optimiser, self.model.parameters(), terms)
        values = {name: value.detach() for name, value in terms.items()}
        waited = torch.tensor(self.batches.take_wait_s())
        return values | {"lr": torch.tensor(self.rate(step)), DATA_WAIT: waited}

    def terms(self, batch: ClipBatch) -> dict[str, Tensor]:
        """Every term of Eq. 12 to 14 that has a weight, before weighting. The first frame is no truth (9.2)."""
        z = self.model(batch.z[:, 0], batch.features, gradient_frames=self.config.rules.gradient_frames)
        found, truth = z[:, 1:], batch.z[:, 1:]
        terms: dict[str, Tensor] = {}
        if "pca" in self.weights:
            assert self.mouth_loss is not None
            terms["pca"] = self.mouth_loss(found, truth)
        if "vtr" in self.weights:
            terms["vtr"] = latent_l1(found, truth)
        if self.pictures is not None:
            terms |= self.pictures(batch, z)
        return terms

    def rate(self, step: int) -> float:
        """A cosine over the whole schedule (section 9.3)."""
        schedule = self.config.schedule
        share = 0.5 * (1 + math.cos(math.pi * min(1.0, step / schedule.steps)))
        return schedule.lr_min + (schedule.lr - schedule.lr_min) * share

    @torch.no_grad()
    def watch(self, model: SpeechEncoder) -> dict[str, float]:
        """Distance from the teacher's z: `z` is the L1, `mouth` L_PCA; means over frames after the first.

        Beside it those of a face that keeps its first expression (`still_`) and of the same encoder that hears
        another clip (`shuffled_`). Of held-out clips where there are some.
        """
        clips = [b.to(self.device) for b in watched_clips(self.held_out or self.clips, self.config.schedule.longest)]
        sums: dict[str, float] = {}
        frames: dict[str, int] = {}
        for number, batch in enumerate(clips):
            other, first = clips[number - 1], batch.z[:, 0]
            found = {"": model(first, batch.features), "still_": batch.z[:, :1].expand_as(batch.z)}
            if len(clips) > 1:
                found["shuffled_"] = model(first, other.features[:, : batch.z.shape[1]])
            for prefix, z in found.items():
                for name, value in self._distances(z[:, 1:], batch.z[:, 1 : z.shape[1]]).items():
                    count = z.shape[1] - 1
                    sums[prefix + name] = sums.get(prefix + name, 0.0) + value.item() * count
                    frames[prefix + name] = frames.get(prefix + name, 0) + count
        return {name: value / frames[name] for name, value in sums.items()}

    def _distances(self, z: Tensor, truth: Tensor) -> dict[str, Tensor]:  # [B, T, Z] each
        if not z.shape[1]:
            return {}
        mouth = {} if self.mouth_loss is None else {"mouth": self.mouth_loss(z, truth)}
        return {"z": latent_l1(z, truth), **mouth}

    def settings(self) -> dict[str, Any]:
        directions = None if self.mouth_loss is None else self.mouth_loss.directions.cpu().numpy().tobytes()
        mouth = None if directions is None else hashlib.sha256(directions).hexdigest()
        return self.config.to_dict() | {
            "sizes": self.model.config.to_dict(), "clips": len(self.clips), "clips_sha256": self._clips_sha256(),
            "mouth_components_sha256": mouth, "start_from": self.started_from,
            "teacher_sha256": self.clips.origin.teacher_sha256,
        }  # fmt: skip

    def _clips_sha256(self) -> str:
        """Of names and lengths: with other clips a run could not go on exactly."""
        return key_of([(header.path.name, header.person, header.frames) for header in self.clips.clips])

    def provenance(self, step: int) -> dict[str, Any]:
        return {
            "step": step, "people": len({header.person for header in self.clips.clips}),
            **self.settings(), "losses": self.weights,
        }  # fmt: skip


def _check_origin(clips: ClipFolder, held_out: ClipFolder | None, disentangled: bool) -> None:
    origin = clips.origin
    if origin.audio_features is None or origin.disentangled is None:
        raise ModelError(
            "expected clips that say what made their features and whether their teacher keeps the head pose out of z"
            f" but got {origin}"
        )
    if origin.disentangled != disentangled:
        wanted, found = ("disentangled", "entangled") if disentangled else ("entangled", "disentangled")
        raise ModelError(f"expected clips of a teacher whose z is {wanted} from the head pose but it is {found}")
    if held_out is not None:
        sizes = [(f.fps, f.origin, f.feature_dim, f.clips[0].shapes["z"][1]) for f in (clips, held_out)]
        if sizes[0] != sizes[1]:
            raise ModelError(f"expected held-out clips as those of the training ({sizes[0]}) but got {sizes[1]}")


def _check_pictures(config: SpeechTraining, clips: ClipFolder, pictures: PictureLosses | None) -> None:
    terms, found = config.picture_terms(), frozenset() if pictures is None else pictures.terms
    if frozenset(terms) != found:
        raise ModelError(
            f"expected the losses on pictures {' '.join(terms) or 'none'} but got {' '.join(sorted(found)) or 'none'};"
            f" they need the generator, pictures and networks, or --without {' '.join(terms)}"
        )
    if terms and any("frames" not in header.shapes for header in clips.clips):
        raise ModelError(
            f"expected clips with their pictures for {' '.join(terms)} but some have none; --without {' '.join(terms)}"
        )
    assert pictures is None or isinstance(pictures.generator, EMOPortraits)
    if pictures is not None and pictures.generator.weights_sha256 != clips.origin.teacher_sha256:
        raise ModelError(
            f"expected the generator whose motion encoder read z of the clips ({clips.origin.teacher_sha256}) but got"
            f" {pictures.generator.weights_sha256}"
        )


def _mouth_loss(mouth: Components | None, z_dim: int, count: int, *, needed: bool) -> MouthComponentsLoss | None:
    if mouth is None:
        if needed:
            raise ModelError(
                "expected mouth components for L_PCA but got none; `feed model analyse components` writes them"
            )
        return None
    if len(mouth.mean) != z_dim:
        raise ModelError(f"expected mouth components of z [{z_dim}] but got {mouth}; are they of another model?")
    return MouthComponentsLoss(mouth, count)
