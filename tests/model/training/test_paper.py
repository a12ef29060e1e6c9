"""The paper's recipe on a tiny model, every loss on, with random loss networks and pairs that bring every label."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from model.networks.config import PRESETS
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.losses.total import TERMS, LossWeights, weighted_total
from model.training.pairs import CrossTarget, FramePair, PairBatch, PairSampler
from model.training.paper import PaperRecipe
from model.training.randomness import seed_dropout
from model.training.recipe import DATA_WAIT
from tests.model.training.stubs import Corpus

NETWORKS = (
    "local_encoder", "identity_encoder", "motion_encoder", "mixer", "source_warp", "driver_warp", "volume_blocks",
    "unet", "decoder",
)  # fmt: skip


def reached(recipe: PaperRecipe, loss: torch.Tensor) -> set[str]:
    """Networks of generator and discriminator that a loss has a gradient for."""
    children: dict[str, nn.Module] = dict(recipe.model.named_children())
    children["discriminator"] = recipe.discriminator
    found = set()
    for name, child in children.items():
        parameters = [parameter for parameter in child.parameters() if parameter.requires_grad]
        if parameters and loss.requires_grad:
            gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
            if any(gradient is not None and gradient.any() for gradient in gradients):
                found.add(name)
    return found


PAPERS_TERMS = set(TERMS) - {"cross"}
ALL = set(NETWORKS)
CANONICAL = ALL - {"driver_warp", "decoder"}


@pytest.mark.parametrize(
    ("term", "networks"),
    [(term, ALL) for term in ("image", "face", "gaze", "eyes", "mouth", "ears", "adv", "fm", "cos")]
    + [("sdm", {"motion_encoder"}), ("cv", CANONICAL)],
)
def test_gradient_of_each_term_reaches(term: str, networks: set[str], make_recipe: Callable[..., PaperRecipe]) -> None:
    """Never the head-pose network, the discriminator or the networks of the losses."""
    recipe = make_recipe()
    recipe.model.train()
    batch = recipe.sampler.at(0, 0)
    assert reached(recipe, recipe.terms(batch, recipe.passes(batch))[term]) == networks


def test_gradient_of_the_discriminators_loss_reaches_it_alone(
    make_recipe: Callable[..., PaperRecipe],
) -> None:
    recipe = make_recipe()
    batch = recipe.sampler.at(0, 0)
    assert reached(recipe, recipe.discriminator_loss(batch, recipe.passes(batch).image)) == {"discriminator"}


@pytest.mark.parametrize(("rule", "term", "networks"), [
    ("latent", "cos", {"motion_encoder"}), ("cv", "cv", CANONICAL), ("sdm", "sdm", {"motion_encoder"}),
])  # fmt: skip
def test_gradients_of_the_published_variants(
    rule: str, term: str, networks: set[str], make_recipe: Callable[..., PaperRecipe]
) -> None:
    recipe = make_recipe({rule: "published"})
    batch = recipe.sampler.at(0, 0)
    assert reached(recipe, recipe.terms(batch, recipe.passes(batch))[term]) == networks


def test_positive_pairs_of_section_5_1(make_recipe: Callable[..., PaperRecipe]) -> None:
    """x_{s->d}, x_{s*->d} of another person, and x_{s*m->d} of that person in a third pose; z_d drives all three."""
    recipe = make_recipe()
    model = recipe.model.eval()
    batch = recipe.sampler.at(0, 0)
    passes = recipe.passes(batch)
    assert batch.source_pose and batch.driver_pose and batch.moved_pose and passes.z_driven is not None
    identities = [model.encode_source(batch.source[i : i + 1], batch.source_pose[i : i + 1]) for i in range(2)]
    z_driver = model.motion_encoder(batch.driver, batch.driver_pose)
    for i in range(2):
        z, pose, moved = z_driver[i : i + 1], batch.driver_pose[i : i + 1], batch.moved_pose[i : i + 1]
        own, star = identities[i], identities[i - 1]
        expected = [
            model.motion_encoder(model.render(identity, z, wanted), wanted)[0]
            for identity, wanted in ((own, pose), (star, pose), (star, moved))
        ]
        torch.testing.assert_close(passes.z_driven[i], torch.stack(expected), atol=1e-4, rtol=1e-3)
    cosine = nn.functional.cosine_similarity
    total = 0.0
    for i in range(2):
        own, other = z_driver[[i]], z_driver[[i - 1]]
        negatives = (5 * (cosine(passes.z_driven[i], other) - 0.2)).exp().sum()
        positives = (5 * (cosine(passes.z_driven[i], own) - 0.2)).exp()
        total += -(positives / (positives + negatives)).log().sum().item() / 2
    assert recipe.terms(batch, passes)["cos"].item() == pytest.approx(total, rel=1e-3)


def test_without_pose_pairs_there_are_two_positives(make_recipe: Callable[..., PaperRecipe]) -> None:
    recipe = make_recipe({"pose_pairs": False})
    passes = recipe.passes(recipe.sampler.at(0, 0))
    assert passes.z_driven is not None and passes.z_driven.shape[:2] == (2, 2)


def test_every_term_is_there_and_the_total_falls_on_one_batch(
    make_recipe: Callable[..., PaperRecipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(lr=2e-3)
    batch = recipe.sampler.at(0, 0)
    monkeypatch.setattr(PairSampler, "at", lambda *_: batch)
    monkeypatch.setattr(recipe.model.motion_encoder.last_dropout, "p", 0.0)
    totals = []
    for step in range(12):
        values = recipe.update(step)
        assert all(value.isfinite() for value in values.values())
        totals.append(values["total"].item())
    assert values.keys() == {*PAPERS_TERMS, "total", "discriminator", "lr", "dis_lr", DATA_WAIT}
    assert totals[-1] < 0.85 * totals[0] and totals[5] < totals[0]


def test_a_declared_subset_stands_in_the_card(make_recipe: Callable[..., PaperRecipe]) -> None:
    recipe = make_recipe(without=("gaze", "ears"))
    values = recipe.update(0)
    assert "gaze" not in values and "ears" not in values and "eyes" in values
    provenance = recipe.provenance(1)
    assert provenance["without"] == ["gaze", "ears"] and "gaze" not in provenance["losses"]
    recipe.model.provenance = provenance
    assert "trained without these losses of the paper: gaze, ears" in str(recipe.model.generate_model_card())


def test_rates_follow_the_cosine_of_section_8_3(make_recipe: Callable[..., PaperRecipe]) -> None:
    recipe = make_recipe(steps=100)
    assert recipe.rates(0) == {"generator": 2e-4, "discriminator": 2e-4}
    assert recipe.rates(50)["generator"] == pytest.approx((2e-4 + 1e-6) / 2)
    assert recipe.rates(100) == pytest.approx({"generator": 1e-6, "discriminator": 4e-6})


def test_labels_that_a_corpus_lacks_are_named(
    make_recipe: Callable[..., PaperRecipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Corpus, "gives", frozenset({"pose", "landmarks", "eyes", "mouth"}))
    with pytest.raises(ModelError, match="expected ears with the pairs of VC2 but it has none; .* --without ears"):
        make_recipe()
    monkeypatch.setattr(Corpus, "gives", frozenset({"landmarks", "eyes", "mouth", "ears"}))
    with pytest.raises(ModelError, match="expected true head poses with the pairs of VC2, or a trained head-pose"):
        make_recipe()


def test_fine_tuning_needs_weights(make_recipe: Callable[..., PaperRecipe]) -> None:
    with pytest.raises(ModelError, match="expected trained weights to fine-tune but got none; .* --start-from"):
        make_recipe(fine_tune=True)


def test_training_starts_from_given_weights_and_keeps_the_pose_network(make_recipe: Callable[..., PaperRecipe]) -> None:
    start, pose_from = EMOPortraits(PRESETS["tiny"]), EMOPortraits(PRESETS["tiny"])
    fresh = make_recipe()
    recipe = PaperRecipe(fresh.config, fresh.sampler, fresh.perceptual, start, pose_from)
    own = recipe.model.state_dict()
    for name, value in own.items():
        given = pose_from if name.startswith("pose_net.") else start
        assert torch.equal(value, given.state_dict()[name]), name
    before = {name: value.clone() for name, value in own.items()}
    recipe.update(0)
    changed = {name.split(".")[0] for name, value in recipe.model.state_dict().items() if not value.equal(before[name])}
    assert changed == ALL


def test_pairs_without_poses_take_those_of_the_head_pose_network(make_recipe: Callable[..., PaperRecipe]) -> None:
    recipe = make_recipe()
    recipe.model.eval()
    batch = recipe.sampler.at(0, 0)
    blind: PairBatch = dataclasses.replace(batch, source_pose=None, driver_pose=None, moved_pose=None)
    read = recipe.model.pose_net(batch.driver)
    passes = recipe.passes(blind)
    torch.testing.assert_close(passes.driver_pose.theta(), read.theta())
    assert not passes.driver_pose.scale.requires_grad


def test_parts_of_a_batch_are_averaged(make_recipe: Callable[..., PaperRecipe]) -> None:
    """Gradients of a batch of four in parts of two are the mean of those of both parts."""
    recipe = make_recipe(batch=4, lr=0.0)
    parts = [recipe.sampler.at(0, part) for part in range(2)]
    recipe.model.train().pose_net.eval()
    totals, gradients = [], []
    for number, part in enumerate(parts):
        seed_dropout(0, 0, number)
        total = weighted_total(recipe.terms(part, recipe.passes(part)), recipe.weights)
        totals.append(total.item())
        gradients.append(torch.autograd.grad(total, recipe.model.decoder.to_rgb.weight)[0])
    seen: list[torch.Tensor] = []
    weight = recipe.model.decoder.to_rgb.weight

    def watch(*_: object) -> None:
        if weight.grad is not None:
            seen.append(weight.grad.clone())

    recipe.optimisers["generator"].register_step_pre_hook(watch)
    assert recipe.update(0)["total"].item() == pytest.approx(sum(totals) / 2, rel=1e-5)
    torch.testing.assert_close(seen[0], (gradients[0] + gradients[1]) / 2, atol=1e-5, rtol=1e-4)


class InGroups(Corpus):
    """Pairs that also bring somebody else in the driver's state."""

    gives = Corpus.gives | {"cross"}

    def draw(self, rng: np.random.Generator) -> FramePair:
        pair, other = super().draw(rng), super().draw(rng)
        assert other.source_pose and other.driver_pose
        cross = CrossTarget(other.source, other.source_pose, other.driver, other.driver_pose)
        return dataclasses.replace(pair, cross=cross)


def with_cross(fresh: PaperRecipe, ordinary: Corpus, extreme: Corpus) -> PaperRecipe:
    config = dataclasses.replace(fresh.config, losses=LossWeights(cross=3.0))
    sampler = dataclasses.replace(fresh.sampler, ordinary=ordinary, extreme=extreme)
    return PaperRecipe(config, sampler, fresh.perceptual)


def test_cross_targets_teach_the_generator_and_stand_in_the_card(make_recipe: Callable[..., PaperRecipe]) -> None:
    """Somebody else, driven by z of the pair's driver in the target's pose, against the true picture."""
    recipe = with_cross(make_recipe(), InGroups("VC2"), InGroups("FEED"))
    recipe.model.eval()
    batch = recipe.sampler.at(0, 0)
    passes = recipe.passes(batch)
    assert batch.cross is not None and passes.cross is not None and batch.driver_pose is not None
    other = recipe.model.encode_source(batch.cross.source, batch.cross.source_pose)
    z = recipe.model.motion_encoder(batch.driver, batch.driver_pose)
    torch.testing.assert_close(passes.cross, recipe.model.render(other, z, batch.cross.target_pose))
    recipe.model.train()
    assert reached(recipe, recipe.terms(batch, recipe.passes(batch))["cross"]) == ALL
    assert recipe.update(0)["cross"] > 0 and recipe.provenance(1)["losses"]["cross"] == 3.0


def test_pairs_without_cross_targets_add_nothing_to_it(make_recipe: Callable[..., PaperRecipe]) -> None:
    """A mixture of footage and rendered people: the term is the mean over all pairs of a part."""
    recipe = with_cross(make_recipe(), Corpus("VC2"), InGroups("FEED"))
    recipe.model.eval()
    mixed = recipe.sampler.at(0, 0)
    assert mixed.cross is not None and mixed.cross.row.tolist() == [1]
    term = recipe.terms(mixed, recipe.passes(mixed))["cross"]
    alone = dataclasses.replace(recipe.sampler, ordinary=None, mixture="extreme").at(1, 0)
    assert alone.cross is not None and alone.cross.row.tolist() == [0, 1]
    assert term > 0 and recipe.sampler.at(1, 0).cross is None
    assert recipe.update(1)["cross"] == 0


def test_cross_targets_need_rendered_people(make_recipe: Callable[..., PaperRecipe]) -> None:
    with pytest.raises(ModelError, match="expected rendered people for the loss 'cross' but no corpus has any"):
        with_cross(make_recipe(), Corpus("VC2"), Corpus("FEED"))
