"""Training as the paper describes it: pairs of frames, cross-reenactment inside the batch, the losses of Eq. 11."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from model.networks.checkpoint import load_exactly
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.training.latents import PICTURES_PER_DIMENSION, latent_spread
from model.training.loader import BatchLoader
from model.training.losses.adversarial import (
    MultiScaleDiscriminator,
    discriminator_hinge,
    feature_matching,
    generator_hinge,
)
from model.training.losses.canonical import canonical_volume_loss
from model.training.losses.cross import cross_loss
from model.training.losses.head import HEAD_PARTS, head_part_l1
from model.training.losses.latent import (
    MISMATCH_PAPER,
    MISMATCH_PUBLISHED,
    contrastive_loss,
    contrastive_loss_published,
    mismatch_hinge,
    mismatch_loss,
    scaled_cosine,
)
from model.training.losses.total import weighted_total
from model.training.pairs import PairBatch, PairSampler
from model.training.paper_config import PaperConfig
from model.training.paper_networks import PerceptualLosses
from model.training.precision import check_precision, compute_heavy_in_bfloat16
from model.training.processes import Processes
from model.training.randomness import seed_dropout
from model.training.recipe import DATA_WAIT, descend, set_rate

LABELS_OF = {"gaze": "landmarks", **{part: part for part in HEAD_PARTS}}
"""Term -> what the pairs of every corpus have to bring for it."""
PICTURED = 4
"""Pairs that a validation shows."""


@dataclass(frozen=True)
class Passes:
    """What the losses of one batch are computed from; star is the pair before in the batch."""

    image: Tensor  # x_{s->d} [B, 3, S, S]
    driver_pose: HeadPose
    z_source: Tensor  # [B, Z]
    z_driver: Tensor  # z_d [B, Z]
    canonical: Tensor  # V^C_s [B, C, D, V, V]
    driver_canonical: Tensor | None  # V^C_d
    z_driven: Tensor | None  # [B, P, Z] z of x_{s->d}, x_{s*->d} and, with pose pairs, x_{s*m->d}
    cross: Tensor | None  # [K, 3, S, S] the pictures that have cross-reenactment targets


class PaperRecipe:
    """Generator and discriminator with their optimisers; see `model.training.recipe.Recipe`.

    Args:
        config: every setting.
        sampler: the batches.
        perceptual: the losses of Eq. 7 that `config` computes.
        start: model whose weights training starts from; None: fresh ones.
        pose_from: model whose head-pose network is taken. That network is not trained here: without `start` and
            `pose_from` the pairs have to bring true poses.
        device: where to train.
        processes: that train together; each computes its share of a batch's parts.
        workers: processes that make this one's batches ahead; see `BatchLoader`.

    Raises:
        ModelError: a corpus does not bring what a loss reads, or there is no trained head-pose network; names both.
            Or the precision is not one for the device.
    """

    def __init__(
        self,
        config: PaperConfig,
        sampler: PairSampler,
        perceptual: PerceptualLosses,
        start: EMOPortraits | None = None,
        pose_from: EMOPortraits | None = None,
        device: str = "cpu",
        processes: Processes | None = None,
        workers: int = 0,
    ) -> None:
        self.config, self.sampler, self.perceptual = config, sampler, perceptual
        self.processes = processes or Processes()
        self.parts = self.processes.mine(sampler.parts)  # refused before anything is built
        self.batches = BatchLoader(sampler.at, self.parts, config.schedule.steps, workers)
        self.weights, self.device = config.weights(), torch.device(device)
        check_precision(config.schedule.precision, self.device)
        has_pose_net = any(given is not None and "pose_net" not in given.absent for given in (start, pose_from))
        _check_labels(sampler, self.weights, has_pose_net=has_pose_net)
        if config.schedule.fine_tune and start is None:
            raise ModelError("expected trained weights to fine-tune but got none; give them with --start-from")
        torch.manual_seed(config.schedule.seed)
        self.model = EMOPortraits(config.sizes())
        self.discriminator = MultiScaleDiscriminator(config.rules.dis_scales, config.rules.dis_channels)
        for given, part in ((start, ""), (pose_from, "pose_net.")):
            if given is not None:
                _copy_weights(given, self.model, part)
        self.started_from = {
            name: given.weights_sha256 for name, given in (("all", start), ("pose_net", pose_from)) if given is not None
        }
        self.model.pose_net.requires_grad_(False)
        self.modules: dict[str, nn.Module] = {"model": self.model, "discriminator": self.discriminator}
        for module in (*self.modules.values(), *perceptual.modules):
            module.to(self.device)
        if config.schedule.precision == "bfloat16":
            compute_heavy_in_bfloat16(self.model, self.device.type)
        self.trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        schedule = config.schedule
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.AdamW(
                parameters, schedule.lr, (schedule.beta1, schedule.beta2), weight_decay=schedule.weight_decay
            )
            for name, parameters in (("generator", self.trained), ("discriminator", self.discriminator.parameters()))
        }
        self.total_steps, self.ema_decay = schedule.steps, schedule.ema_decay

    def update(self, step: int) -> dict[str, Tensor]:
        """One step of the generator, then one of the discriminator on the same pictures."""
        rates = self.rates(step)
        for name, optimiser in self.optimisers.items():
            set_rate(optimiser, rates[name])
            optimiser.zero_grad(set_to_none=True)
        self.model.train().pose_net.eval()
        judged: list[tuple[PairBatch, Tensor]] = []
        sums = {name: torch.zeros((), device=self.device) for name in (*self.weights, "total")}
        for number in self.parts:
            part = self.batches.at(step, number).to(self.device)
            seed_dropout(self.config.schedule.seed, step, number)
            passes = self.passes(part)
            terms = self.terms(part, passes)
            terms["total"] = weighted_total(terms, self.weights)
            (terms["total"] / self.sampler.parts).backward()
            judged.append((part, passes.image.detach()))
            for name, value in terms.items():
                sums[name] += value.detach() / self.sampler.parts
        sums = self.processes.summed(sums)
        self.processes.sum_gradients(self.trained)
        descend(self.optimisers["generator"], self.trained, sums)
        if self.adversarial:
            sums |= self._train_discriminator(judged)
        sums |= {"lr": torch.tensor(rates["generator"]), "dis_lr": torch.tensor(rates["discriminator"])}
        return sums | {DATA_WAIT: torch.tensor(self.batches.take_wait_s())}

    def _train_discriminator(self, judged: list[tuple[PairBatch, Tensor]]) -> dict[str, Tensor]:
        total = torch.zeros((), device=self.device)
        for part, image in judged:
            hinge = self.discriminator_loss(part, image) / self.sampler.parts
            hinge.backward()
            total += hinge.detach()
        sums = self.processes.summed({"discriminator": total})
        parameters = list(self.discriminator.parameters())
        self.processes.sum_gradients(parameters)
        descend(self.optimisers["discriminator"], parameters, sums)
        return sums

    @property
    def adversarial(self) -> bool:
        return "adv" in self.weights or "fm" in self.weights

    def rates(self, step: int) -> dict[str, float]:
        """Learning rates: a cosine over the whole schedule (section 8.3)."""
        schedule = self.config.schedule
        share = 0.5 * (1 + math.cos(math.pi * min(1.0, step / schedule.steps)))
        ends = {"generator": schedule.lr_min, "discriminator": schedule.dis_lr_min}
        return {name: low + (schedule.lr - low) * share for name, low in ends.items()}

    def passes(self, batch: PairBatch) -> Passes:
        """Everything that the generator computes for a batch (Fig. 4, section 5.1)."""
        model = self.model
        source_pose = self._pose(batch.source, batch.source_pose)
        driver_pose = self._pose(batch.driver, batch.driver_pose)
        identity = model.encode_source(batch.source, source_pose)
        z_driver = model.motion_encoder(batch.driver, driver_pose)
        image = model.render(identity, z_driver, driver_pose)
        canonical = model.encode_source(batch.driver, driver_pose).canonical_volume if "cv" in self.weights else None
        driven = None
        if "cos" in self.weights:
            star = identity.rolled()
            seen = [(image, driver_pose), (model.render(star, z_driver, driver_pose), driver_pose)]
            if batch.moved is not None:
                moved_pose = self._pose(batch.moved, batch.moved_pose)
                seen.append((model.render(star, z_driver, moved_pose), moved_pose))
            driven = torch.stack([self._read_again(picture, pose) for picture, pose in seen], dim=1)
        cross = None
        if batch.cross is not None and "cross" in self.weights:
            other = model.encode_source(batch.cross.source, batch.cross.source_pose)
            cross = model.render(other, z_driver[batch.cross.row], batch.cross.target_pose)
        return Passes(image, driver_pose, identity.z, z_driver, identity.canonical_volume, canonical, driven, cross)

    def _pose(self, picture: Tensor, given: HeadPose | None) -> HeadPose:
        if given is not None:
            return given
        with torch.no_grad():
            return self.model.pose_net(picture)

    def _read_again(self, picture: Tensor, pose: HeadPose) -> Tensor:
        """z of a generated picture, cropped by the pose that it was asked for."""
        if self.config.rules.latent == "published":
            picture = picture.detach()
        z: Tensor = self.model.motion_encoder(picture, pose)
        return z

    def terms(self, batch: PairBatch, passes: Passes) -> dict[str, Tensor]:
        """Every term of Eq. 7 to 11 that has a weight, before weighting."""
        rules, weights = self.config.rules, self.weights
        image, target = passes.image, batch.driver
        terms: dict[str, Tensor] = {}
        if self.perceptual.image is not None:
            terms["image"] = self.perceptual.image(image, target)
        if self.perceptual.face is not None:
            terms["face"] = self.perceptual.face(image, target, passes.driver_pose)
        if self.perceptual.gaze is not None:
            terms["gaze"] = self.perceptual.gaze(image, target, batch.landmarks)
        if batch.parts is not None:
            parts = zip(HEAD_PARTS, head_part_l1(image, target, batch.parts), strict=True)
            terms |= {name: value for name, value in parts if name in weights}
        mismatch = MISMATCH_PAPER if rules.sdm == "paper" else MISMATCH_PUBLISHED
        if "sdm" in weights:
            terms["sdm"] = mismatch_loss(passes.z_source, passes.z_driver, batch.extreme, mismatch)
        if passes.z_driven is not None:
            own, other = passes.z_driver.unsqueeze(1), passes.z_driver.roll(1, dims=0).unsqueeze(1)
            if rules.cos == "paper":
                terms["cos"] = contrastive_loss(
                    scaled_cosine(passes.z_driven, own), scaled_cosine(passes.z_driven, other)
                )
            else:
                positive, negative = (scaled_cosine(passes.z_driven, z, scale=1.0, margin=0.0) for z in (own, other))
                hinge = mismatch_hinge(passes.z_source, passes.z_driver, batch.extreme, mismatch)
                terms["cos"] = contrastive_loss_published(positive, negative, hinge)
        if passes.driver_canonical is not None:
            terms["cv"] = canonical_volume_loss(
                passes.canonical, passes.driver_canonical, one_sided=rules.cv == "published"
            )
        if "cross" in weights:
            terms["cross"] = image.new_zeros(())  # where no pair of this part has a target
            if batch.cross is not None and passes.cross is not None:
                terms["cross"] = cross_loss(passes.cross, batch.cross.target, len(batch))
        return terms | self._adversarial_terms(image, target)

    def _adversarial_terms(self, image: Tensor, target: Tensor) -> dict[str, Tensor]:
        if not self.adversarial:
            return {}
        self.discriminator.requires_grad_(False)
        fake = self.discriminator(image)
        terms = {"adv": generator_hinge(fake)} if "adv" in self.weights else {}
        if "fm" in self.weights:
            with torch.no_grad():
                real = self.discriminator(target)
            terms["fm"] = feature_matching(real, fake)
        self.discriminator.requires_grad_(True)
        return terms

    def discriminator_loss(
        self,
        batch: PairBatch,
        image: Tensor,  # [B, 3, S, S] that the generator was judged by
    ) -> Tensor:
        """The discriminator's side of Eq. 10."""
        return discriminator_hinge(self.discriminator(batch.driver), self.discriminator(image.detach()))

    @torch.no_grad()
    def watch(self, model: EMOPortraits) -> dict[str, float]:
        """AUC_z and components of drivers that training with this seed does not draw."""
        latents = []
        for batch in self._others(PICTURES_PER_DIMENSION * model.config.z_dim):
            pose = batch.driver_pose or model.pose_net(batch.driver)
            latents.append(model.motion_encoder(batch.driver, pose))
        return latent_spread(torch.cat(latents))

    @torch.no_grad()
    def pictures(self, model: EMOPortraits) -> Tensor:  # [N, 3, 3, S, S]
        """Source, driver and output of the first of those drivers."""
        rows = []
        for batch in self._others(PICTURED):
            source_pose = batch.source_pose or model.pose_net(batch.source)
            driver_pose = batch.driver_pose or model.pose_net(batch.driver)
            identity = model.encode_source(batch.source, source_pose)
            output = model.render(identity, model.motion_encoder(batch.driver, driver_pose), driver_pose)
            rows.append(torch.stack([batch.source, batch.driver, output], dim=1))
        return torch.cat(rows)

    def _others(self, count: int) -> Iterator[PairBatch]:
        """At least so many pairs, in parts, that training with this seed does not draw."""
        others = replace(self.sampler, seed=self.config.schedule.seed + 1, pose_pairs=False)
        for number in range(-(-count // others.micro_batch)):
            yield others.at(number // others.parts, number % others.parts).to(self.device)

    def settings(self) -> dict[str, Any]:
        return {
            **self.config.to_dict(), "corpora": self._corpora(), "started_from": self.started_from,
        }  # fmt: skip

    def provenance(self, step: int) -> dict[str, Any]:
        config = self.config
        return {
            "recipe": "EMOPortraits, Eq. 11", "step": step, "steps": config.schedule.steps, "data": self._corpora(),
            "losses": self.weights, "without": list(config.without), "rules": asdict(config.rules),
            "schedule": asdict(config.schedule), "started_from": self.started_from,
        }  # fmt: skip

    def _corpora(self) -> list[str]:
        return [corpus.name for corpus in self.sampler.corpora]


def _check_labels(sampler: PairSampler, weights: dict[str, float], *, has_pose_net: bool) -> None:
    if "cross" in weights and not any("cross" in corpus.gives for corpus in sampler.corpora):
        raise ModelError("expected rendered people for the loss 'cross' but no corpus has any; set its weight to 0")
    for corpus in sampler.corpora:
        lacking = [term for term, label in LABELS_OF.items() if term in weights and label not in corpus.gives]
        if lacking:
            labels = ", ".join(dict.fromkeys(LABELS_OF[term] for term in lacking))
            raise ModelError(
                f"expected {labels} with the pairs of {corpus.name} but it has none; leave these losses out: --without"
                f" {' '.join(lacking)}"
            )
        if "pose" not in corpus.gives and not has_pose_net:
            raise ModelError(
                f"expected true head poses with the pairs of {corpus.name}, or a trained head-pose network, but got"
                " neither; give a model that has one with --pose-from"
            )


def _copy_weights(given: EMOPortraits, model: EMOPortraits, part: str) -> None:
    """Weights whose name begins with `part`. Raises ModelError where sizes differ; networks that lack them stay."""
    own = model.state_dict()
    absent = given.absent + tuple(name.split(".", 1)[0] for name in own if not name.startswith(part))
    chosen = {n: v for n, v in given.state_dict().items() if n.startswith(part) and n.split(".", 1)[0] not in absent}
    load_exactly(model, chosen, absent)
