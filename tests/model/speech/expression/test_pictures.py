"""Losses on pictures: rendered from the encoder's z in the true head poses; gradients reach the encoder alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from model.analysis.principal import Components
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.clips import ClipFolder
from model.speech.expression.batches import ClipSampler
from model.speech.expression.losses import SpeechWeights
from model.speech.expression.pictures import PictureLosses
from model.speech.expression.recipe import SpeechRecipe
from model.training.losses import vgg
from model.training.losses.perceptual import FaceLoss
from tests.model.speech.expression.conftest import ORIGIN, Z
from tests.model.speech.expression.test_recipe import training

ALL = ("l1", "face", "bce", "lips")


@pytest.fixture
def generator(tiny_model: EMOPortraits) -> EMOPortraits:
    """With a z of the clips' size, and their teacher."""
    torch.manual_seed(0)
    model = EMOPortraits(dataclasses.replace(tiny_model.config, z_dim=Z)).eval()
    model.weights_sha256 = ORIGIN.teacher_sha256
    return model


@pytest.fixture
def face(monkeypatch: pytest.MonkeyPatch) -> FaceLoss:
    monkeypatch.setattr(vgg, "STAGE_CHANNELS", (3, 3, 3, 3, 3))
    monkeypatch.setattr("model.training.losses.perceptual.FACE_PX", (32, 16))
    return FaceLoss(vgg.VggTaps("vgg16"))


@pytest.fixture
def shown(make_clips: Callable[..., Path]) -> ClipFolder:
    return ClipFolder(make_clips("shown", range(4), side_px=32), ("z", "frames"))


def losses(generator: EMOPortraits, face: FaceLoss) -> PictureLosses:
    return PictureLosses(ALL, generator, face, nn.Conv2d(3, 19, 1))


def test_pictures_of_a_batch_are_those_of_its_frames(shown: ClipFolder) -> None:
    batch = ClipSampler(shown, 3, 5, 5, 2, seed=0).at(0)
    assert batch.first is not None and batch.places is not None and batch.pictures is not None
    assert batch.places.shape == (3, 2) and batch.places.min() >= 1 and batch.places.max() <= 4
    clips = [shown.clips[number].pictures(range(40)).movedim(-1, 1).float() / 255 for number in range(4)]
    whole = [shown.read(number).features for number in range(4)]
    for row in range(3):
        number, start = next(
            (n, s) for n in range(4) for s in range(36) if torch.equal(whole[n][s : s + 5], batch.features[row])
        )
        assert torch.equal(clips[number][start], batch.first[row])
        assert torch.equal(clips[number][start + batch.places[row]], batch.pictures[row])


def test_what_is_compared_is_rendered_from_z_in_the_true_pose(
    shown: ClipFolder, generator: EMOPortraits, face: FaceLoss
) -> None:
    batch = ClipSampler(shown, 2, 5, 5, 2, seed=0).at(0)
    assert batch.first is not None and batch.places is not None and batch.pictures is not None
    z = torch.randn(2, 5, Z)
    found = losses(generator, face)(batch, z)
    assert set(found) == set(ALL)
    total = 0.0
    with torch.no_grad():
        for clip in range(2):
            identity = generator.encode_source(batch.first[clip : clip + 1])
            for place in range(2):
                target = batch.pictures[clip, place][None]
                pose, _ = generator.read_motion(target)
                image = generator.render(identity, z[clip, batch.places[clip, place]][None], pose)
                total += (image - target).abs().mean().item() / 4
    assert found["l1"].item() == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("term", ALL)
def test_gradients_reach_z_alone_and_only_frames_that_are_shown(
    term: str, shown: ClipFolder, generator: EMOPortraits, face: FaceLoss
) -> None:
    batch = ClipSampler(shown, 2, 5, 5, 1, seed=0).at(0)
    assert batch.places is not None
    z = torch.randn(2, 5, Z, requires_grad=True)
    compared = losses(generator, face)
    compared(batch, z)[term].backward()
    assert z.grad is not None and all(p.grad is None for p in compared.parameters())
    reached = z.grad.abs().sum(dim=2) > 0
    expected = torch.zeros(2, 5, dtype=torch.bool).scatter(1, batch.places, True)
    assert torch.equal(reached, expected) or (term == "lips" and not (reached & ~expected).any())


def test_the_whole_loss_of_the_paper_trains_the_encoder(
    shown: ClipFolder, generator: EMOPortraits, face: FaceLoss, mouth: Components
) -> None:
    before = [value.clone() for value in generator.state_dict().values()]
    recipe = SpeechRecipe(training(SpeechWeights(), {"pictured": 1}), shown, mouth, None, losses(generator, face))
    first: dict[str, Tensor] = recipe.update(0)
    assert set(first) >= {"l1", "face", "pca", "vtr", "bce", "lips", "total"}
    weights = SpeechWeights()
    assert first["total"].item() == pytest.approx(sum(getattr(weights, n) * first[n].item() for n in recipe.weights))
    assert all(torch.equal(a, b) for a, b in zip(before, generator.state_dict().values(), strict=True))


def test_what_is_missing_is_named(
    shown: ClipFolder, clips: ClipFolder, generator: EMOPortraits, face: FaceLoss, mouth: Components
) -> None:
    with pytest.raises(ModelError, match="expected losses with their networks but bce, lips has none"):
        PictureLosses(ALL, generator, face)
    only_l1 = training(dataclasses.replace(SpeechWeights(), face=0, bce=0, lips=0))
    with pytest.raises(ModelError, match="expected clips with their pictures for l1 but some have none"):
        SpeechRecipe(only_l1, clips, mouth, None, PictureLosses(["l1"], generator))
    generator.weights_sha256 = "1" * 64
    with pytest.raises(ModelError, match="expected the generator whose motion encoder read z of the clips"):
        SpeechRecipe(only_l1, shown, mouth, None, PictureLosses(["l1"], generator))
