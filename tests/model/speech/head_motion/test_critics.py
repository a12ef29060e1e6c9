"""The critics: what they see, the gradient penalty against independent references, and who learns from what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from model.networks.errors import ModelError
from model.speech.head_motion.config import CriticSizes
from model.speech.head_motion.critics import (
    GlobalCritic,
    LocalCritic,
    critic_loss,
    gradient_penalty,
    length_unit,
    seen_by,
)
from model.speech.head_motion.losses import generator_terms, weighted
from model.speech.head_motion.training_config import MotionWeights

SIZES = CriticSizes(width=6, blocks=1, speeds=False)
B, T, D = 3, 14, 5


def sequences(seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Real, generated, features, share."""
    generator = torch.Generator().manual_seed(seed)
    real, fake = torch.randn(2, B, T, 9, generator=generator, dtype=torch.float64)
    features = torch.randn(B, T, D, generator=generator, dtype=torch.float64)
    return real, fake, features, torch.rand(B, generator=generator, dtype=torch.float64)


def local() -> LocalCritic:
    torch.manual_seed(1)
    return LocalCritic(SIZES).double()


def by_pooling() -> GlobalCritic:
    torch.manual_seed(1)
    return GlobalCritic(SIZES, D).double()


def by_frames() -> GlobalCritic:
    torch.manual_seed(1)
    return GlobalCritic(CriticSizes(width=6, blocks=1, join="frames", speeds=False), D).double()


CRITICS = [local, by_pooling, by_frames]


@pytest.mark.parametrize("speeds", [False, True])
def test_a_response_sees_eight_frames(speeds: bool) -> None:
    """Of poses, also where it reads how they differ."""
    torch.manual_seed(1)
    critic = LocalCritic(CriticSizes(width=6, speeds=speeds))
    track = torch.randn(1, 30, 9).requires_grad_()
    responses = critic.responses(seen_by(track, torch.tensor([0.5, 0.2]) if speeds else None))
    assert responses.shape == (1, 30 - 8 + 1)
    (gradient,) = torch.autograd.grad(responses[0, 11], track)
    (seen,) = gradient[0].abs().sum(dim=1).nonzero(as_tuple=True)
    assert seen.tolist() == list(range(11, 19))


def test_what_critics_see() -> None:
    track = torch.randn(2, 5, 9, generator=torch.Generator().manual_seed(0))
    seen = seen_by(track, torch.tensor([0.5, 0.2]))
    assert torch.equal(seen[..., :9], track) and not seen[:, 0, 9:].any() and seen_by(track, None) is track
    torch.testing.assert_close(seen[:, 1:, 9:15], (track[:, 1:, :6] - track[:, :-1, :6]) / 0.5)
    torch.testing.assert_close(seen[:, 1:, 15:], (track[:, 1:, 6:] - track[:, :-1, 6:]) / 0.2)
    other = torch.randn(2, 5, 9, generator=torch.Generator().manual_seed(1))
    speed = torch.tensor([0.5, 0.2])
    mixed = seen_by(0.3 * track + 0.7 * other, speed)  # so that what lies between two motions is a motion
    torch.testing.assert_close(mixed, 0.3 * seen + 0.7 * seen_by(other, speed))


@pytest.mark.parametrize("frames", [6, 8, 16])
def test_patches_of_other_lengths(frames: int) -> None:
    critic = LocalCritic(CriticSizes(width=6, patch_frames=frames, speeds=False))
    assert critic.responses(torch.zeros(2, frames, 9)).shape == (2, 1)
    with pytest.raises(ModelError, match=f"at least {frames} frames"):
        critic.responses(torch.zeros(2, frames - 1, 9))


def test_the_local_judgement_is_the_mean_response_and_speech_does_not_matter() -> None:
    critic, (real, _, features, _) = local(), sequences()
    torch.testing.assert_close(critic(real, features), critic.responses(real).mean(dim=1))
    assert torch.equal(critic(real, features), critic(real, features + 1))


@pytest.mark.parametrize("make", [by_pooling, by_frames])
def test_the_global_judgement_hears_speech(make: Callable[[], GlobalCritic]) -> None:
    critic, (real, _, features, _) = make(), sequences()
    assert critic(real, features).shape == (B,)
    assert not torch.allclose(critic(real, features), critic(real, features.roll(1, dims=0)))


def test_only_joined_frame_by_frame_it_sees_whether_they_fit_in_time() -> None:
    """Beside the pooled motion, as the paper has it, the order of the speech is lost."""
    real, _, features, _ = sequences()
    turned = features.flip(1)
    torch.testing.assert_close(by_pooling()(real, features), by_pooling()(real, turned))
    assert not torch.allclose(by_frames()(real, features), by_frames()(real, turned))


def test_penalty_of_a_plane() -> None:
    """D(x) = w x has the gradient w everywhere: (|w| - 1)^2, with the gradient 2 (|w| - 1) w / |w|."""
    real, fake, features, share = sequences()
    weight = torch.randn(T, 9, dtype=torch.float64).requires_grad_()
    penalty = gradient_penalty(lambda track, _: (weight * track).sum(dim=(1, 2)), real, fake, features, share)
    torch.testing.assert_close(penalty, (weight.norm() - 1).square())
    penalty.backward()
    with torch.no_grad():
        expected = 2 * (weight.norm() - 1) * weight / weight.norm()
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, expected)


@pytest.mark.parametrize("make", CRITICS)
def test_penalty_against_differences(make: Callable[[], nn.Module]) -> None:
    """The gradient of each sequence by central differences, one number after the other."""
    critic, (real, fake, features, share) = make(), sequences()
    penalty = gradient_penalty(critic, real, fake, features, share)
    step, norms = 1e-6, []
    with torch.no_grad():
        for row in range(B):
            point = share[row] * real[row] + (1 - share[row]) * fake[row]
            steps = step * torch.eye(T * 9, dtype=torch.float64).view(-1, T, 9)
            heard = features[row].expand(T * 9, -1, -1)
            gradient = (critic(point + steps, heard) - critic(point - steps, heard)) / (2 * step)
            norms.append(gradient.norm())
    torch.testing.assert_close(penalty, (torch.stack(norms) - 1).square().mean(), rtol=1e-6, atol=0)


@pytest.mark.parametrize("make", CRITICS)
def test_penalty_and_its_gradients_against_functional_pytorch(make: Callable[[], nn.Module]) -> None:
    """torch.func: no graph of ours, no sum over the batch."""
    critic, (real, fake, features, share) = make(), sequences()
    gradient_penalty(critic, real, fake, features, share).backward()
    found = {name: value.grad for name, value in critic.named_parameters() if value.grad is not None}

    def reference(parameters: dict[str, Tensor]) -> Tensor:
        def judged(track: Tensor, heard: Tensor) -> Tensor:
            whole: Tensor = torch.func.functional_call(critic, parameters, (track[None], heard[None]))
            return whole[0]

        between = torch.lerp(fake, real, share[:, None, None])
        slopes = torch.func.vmap(torch.func.grad(judged))(between, features)
        return ((slopes.square().sum(dim=(1, 2)).sqrt() - 1) ** 2).mean()

    expected = torch.func.grad(reference)({name: value.detach() for name, value in critic.named_parameters()})
    assert found
    for name, value in expected.items():
        torch.testing.assert_close(found.get(name, torch.zeros_like(value)), value, msg=name)


def test_the_loss_of_eq_21() -> None:
    real, fake, features, share = sequences()
    weight = torch.full((T, 9), 0.01, dtype=torch.float64)

    def critic(track: Tensor, features: Tensor) -> Tensor:
        return (weight * track).sum(dim=(1, 2))

    found = critic_loss(critic, real, fake, features, share, penalty_weight=10)
    apart = critic(fake, features).mean() - critic(real, features).mean()
    torch.testing.assert_close(found, apart + 10 * ((T * 9) ** 0.5 * weight.norm() - 1).square())


@pytest.mark.parametrize("make", CRITICS)
def test_the_unit_is_that_of_the_sequences(make: Callable[[], nn.Module]) -> None:
    """As if they were given in that unit: a critic of sequences that are as many times shorter."""
    critic, (real, fake, features, share) = make(), sequences()
    unit = length_unit(real)
    assert unit == pytest.approx((T * 9) ** 0.5) and torch.ones(T, 9).norm().item() == pytest.approx(unit)
    shorter = gradient_penalty(
        lambda track, heard: critic(unit * track, heard), real / unit, fake / unit, features, share
    )
    torch.testing.assert_close(gradient_penalty(critic, real, fake, features, share, unit), shorter)


@pytest.mark.parametrize("make", CRITICS)
def test_what_critics_learn_does_not_reach_the_generator(make: Callable[[], nn.Module]) -> None:
    critic, (real, fake, features, share) = make(), sequences()
    made = fake.requires_grad_()
    critic_loss(critic, real, made * 2, features, share, 10.0).backward()
    assert made.grad is None and any(value.grad is not None for value in critic.parameters())


def test_a_critic_that_learns_tells_them_apart() -> None:
    real, fake, features, share = sequences()
    critic = local()
    optimiser = torch.optim.Adam(critic.parameters(), 1e-2, (0.0, 0.9))
    fake = fake + 1
    for _ in range(30):
        optimiser.zero_grad()
        critic_loss(critic, real, fake, features, share, 10.0).backward()
        optimiser.step()
    assert critic(real, features).mean() > critic(fake, features).mean() + 0.3


def test_terms_of_the_generator() -> None:
    made = torch.zeros(1, 4, 9)
    made[0, 2, 0], made[0, 2, 8] = 0.5, 2.0
    truth = torch.zeros(1, 4, 9)
    truth[0, 0, 7] = 3.0

    def half(track: Tensor, features: Tensor) -> Tensor:
        return torch.full((1,), 0.5)

    terms = generator_terms(made, truth, torch.zeros(1, 4, 2), [half, half], None)
    assert {name: value.item() for name, value in terms.items()} == {
        "rotation": 0.5 / 4, "translation": 5 / 4, "smooth": pytest.approx(5 / 3), "adversarial": -1.0,
    }  # fmt: skip
    weights = MotionWeights(rotation=2, translation=3, smooth=0, adversarial=10)
    assert weighted(terms, weights).item() == pytest.approx(2 / 8 + 3 * 5 / 4 - 10)


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), "1"])
def test_weights_that_make_no_sense(weight: object) -> None:
    with pytest.raises(ModelError, match="weight smooth to be a number of at least 0"):
        MotionWeights(smooth=weight)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [{"join": "beside"}, {"patch_frames": 5}, {"width": 0}, {"speeds": 1}])
def test_sizes_that_make_no_sense(sizes: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="expected"):
        CriticSizes(**sizes)  # type: ignore[arg-type]
