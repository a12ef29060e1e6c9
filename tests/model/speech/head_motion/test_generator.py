"""The generator: any length, in parts, seeded, and what a frame depends on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.speech.head_motion.config import HeadMotionConfig
from model.speech.head_motion.generator import BLOCK_FRAMES, HeadMotion
from model.speech.head_motion.noise import motion_noise
from model.speech.head_motion.rotation import identity_pose, to_rotation
from tests.model.speech.head_motion.conftest import TINY

REACH = TINY.reach_frames


@pytest.fixture
def model() -> HeadMotion:
    """With weights that move heads."""
    torch.manual_seed(0)
    made = HeadMotion(TINY).eval()
    with torch.no_grad():
        made.mlp[2].weight.mul_(20)
        made.spread.copy_(torch.tensor([0.1, 0.02]))
        for block in made.encoder:
            block.attention.bias.normal_()
    return made


def speech(frames: int) -> Tensor:
    return torch.randn(frames, TINY.feature_dim, generator=torch.Generator().manual_seed(frames))


def test_one_seed_gives_the_same_bits_and_another_one_other_motion(model: HeadMotion) -> None:
    features = speech(40)
    first = model.sample(features, seed=3)
    assert torch.equal(first, model.sample(features, seed=3))
    other = model.sample(features, seed=4)
    assert (first - other).abs().mean() > 1e-3
    assert not torch.equal(model.sample(speech(40) + 1, seed=3), model.sample(speech(40).flip(0), seed=3))


def test_blocks_give_what_the_whole_gives(model: HeadMotion) -> None:
    frames = 2 * BLOCK_FRAMES + 37
    features = speech(frames)
    with torch.inference_mode():
        whole = model(features[None], motion_noise(9, 0, frames, TINY.noise_dim)[None])[0]
    torch.testing.assert_close(model.sample(features, seed=9), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 100, BLOCK_FRAMES, 1000])
def test_how_speech_is_cut_changes_no_bit(model: HeadMotion, size: int) -> None:
    features = speech(BLOCK_FRAMES + 80)
    parts = (features[first : first + size] for first in range(0, len(features), size))
    assert torch.equal(torch.cat(list(model.stream(parts, 1))), model.sample(features, 1))


def test_long_speech_is_computed_in_bounded_parts(model: HeadMotion, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was used of it is let go."""
    seen: list[int] = []
    held: list[int] = []
    forward, block = model.forward, model._block

    def watched(features: Tensor, noise: Tensor) -> Tensor:
        seen.append(features.shape[1])
        return forward(features, noise)

    def watched_block(kept: Tensor, first: int, begin: int, seed: int) -> Tensor:
        held.append(len(kept))
        return block(kept, first, begin, seed)

    monkeypatch.setattr(model, "forward", watched)
    monkeypatch.setattr(model, "_block", watched_block)
    made = sum(len(part) for part in model.stream((speech(50) for _ in range(200)), 0))
    assert made == 200 * 50
    assert max(seen) <= BLOCK_FRAMES + 2 * REACH and max(held) <= BLOCK_FRAMES + 2 * REACH + 50


@pytest.mark.parametrize("frames", [1, 2, 7, BLOCK_FRAMES, BLOCK_FRAMES + REACH, BLOCK_FRAMES + REACH + 1])
def test_any_length(model: HeadMotion, frames: int) -> None:
    made = model.sample(speech(frames), seed=0)
    assert made.shape == (frames, 9) and made.isfinite().all()


def test_a_pose_depends_on_what_is_within_reach_alone(model: HeadMotion) -> None:
    """No absolute position: long sound cannot lead it away."""
    features, frames, at = speech(6 * REACH), 6 * REACH, 3 * REACH
    features.requires_grad_()
    made = model(features[None], motion_noise(0, 0, frames, TINY.noise_dim)[None])
    made[0, at].sum().backward()
    assert features.grad is not None
    (used,) = features.grad.abs().sum(dim=1).nonzero(as_tuple=True)
    assert (used.min(), used.max()) == (at - REACH, at + REACH)


def test_the_same_speech_and_noise_later_give_the_same_motion(model: HeadMotion) -> None:
    frames, later = 5 * REACH, 2 * REACH
    features, noise = speech(frames + later), motion_noise(0, 0, frames + later, TINY.noise_dim)
    with torch.inference_mode():
        early = model(features[None, later:], noise[None, later:])
        whole = model(features[None], noise[None])
    inside = slice(REACH, frames - REACH)
    torch.testing.assert_close(early[:, inside], whole[:, later:][:, inside], atol=1e-5, rtol=0)


def test_rotations_are_rotations(model: HeadMotion) -> None:
    rotation = to_rotation(model.sample(speech(300), seed=0)[:, :6])
    eye = torch.eye(3).expand_as(rotation)
    torch.testing.assert_close(rotation.mT @ rotation, eye, atol=1e-6, rtol=0)
    six = model.sample(speech(300), seed=0)[:, :6].view(-1, 2, 3)
    torch.testing.assert_close(six @ six.mT, torch.eye(2).expand(300, 2, 2), atol=1e-6, rtol=0)


def test_units_of_spread(model: HeadMotion) -> None:
    numbers = 0.3 * torch.randn(4, 6, 9, generator=torch.Generator().manual_seed(0))
    back = model.in_spreads(model.to_poses(numbers))
    torch.testing.assert_close(back[..., 6:], numbers[..., 6:], atol=1e-5, rtol=0)
    torch.testing.assert_close(model.to_poses(torch.zeros(9)), identity_pose())
    tracks = [identity_pose() + torch.tensor([0.2] * 6 + [0.05] * 3) * sign for sign in (-torch.ones(3, 1), 1)]
    model.set_spread([tracks[0], tracks[1][None]])
    torch.testing.assert_close(model.spread, torch.tensor([0.2, 0.05]))


def test_a_fresh_model_is_nearly_at_rest() -> None:
    torch.manual_seed(0)
    made = HeadMotion(TINY)
    made.spread.copy_(torch.tensor([0.1, 0.02]))
    assert (made.sample(speech(50), 0) - identity_pose()).abs().max() < 0.05


def test_saved_and_loaded(model: HeadMotion, tmp_path: Path) -> None:
    model.provenance = {"recipe": "test"}
    model.save_pretrained(tmp_path)
    loaded = HeadMotion.from_pretrained(tmp_path)
    assert loaded.config == TINY and loaded.provenance == {"recipe": "test"}
    assert torch.equal(loaded.sample(speech(30), 0), model.sample(speech(30), 0))
    assert (
        "[T, 4]" in (tmp_path / "README.md").read_text() and '"recipe": "test"' in (tmp_path / "README.md").read_text()
    )


def test_what_does_not_fit_is_refused(model: HeadMotion) -> None:
    with pytest.raises(ModelError, match=r"expected features \[T, 4\] but got \[3, 5\]"):
        model.sample(torch.zeros(3, 5), 0)
    with pytest.raises(ModelError, match="at least one frame"):
        model.sample(torch.zeros(0, 4), 0)
    with pytest.raises(ModelError, match="seed of at least 0 but got -1"):
        model.sample(torch.zeros(3, 4), -1)
    with pytest.raises(ModelError, match=r"expected noise \[1, 3, 4\]"):
        model(torch.zeros(1, 3, 4), torch.zeros(1, 2, 4))
    with pytest.raises(ModelError, match=r"expected features \[B, T, 4\]"):
        model(torch.zeros(1, 3, 5), torch.zeros(1, 3, 4))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"width": 10, "heads": 4}, "multiple of 4 heads"),
        ({"noise_dim": 3}, "even noise_dim"),
        ({"decoder_kernel": 4}, "odd decoder_kernel"),
        ({"layers": 0}, "layers to be a whole number"),
        ({"width": "wide"}, "width to be a whole number"),
        ({"depth": 2}, "did you mean|unknown|size of head motion"),
    ],
)
def test_sizes_that_make_no_sense(sizes: dict[str, object], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        HeadMotionConfig.from_dict(sizes)
