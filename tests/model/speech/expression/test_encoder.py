"""The audio encoder: the paper's three MLPs, one frame at a time and all at once."""

from __future__ import annotations

import dataclasses
import json
import tracemalloc
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech.expression.config import SpeechConfig
from model.speech.expression.encoder import SpeechEncoder

TINY = SpeechConfig(z_dim=6, feature_dim=5, width=7, layers=2)


def encoder_of(config: SpeechConfig = TINY) -> SpeechEncoder:
    """With weights in the last layer, which begins with none."""
    torch.manual_seed(1)
    encoder = SpeechEncoder(config).eval()
    for module in encoder.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.5)
            nn.init.normal_(module.bias, std=0.5)
    return encoder


def clip(frames: int, batch: int = 2, config: SpeechConfig = TINY) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(2)
    return (
        torch.randn(batch, config.z_dim, generator=draw),
        torch.randn(batch, frames, config.feature_dim, generator=draw),
    )


def linear(x: Tensor, layer: nn.Module) -> Tensor:
    assert isinstance(layer, nn.Linear)
    return x @ layer.weight.T + layer.bias


@pytest.mark.parametrize("residual", [False, True])
def test_it_is_what_the_paper_says(residual: bool) -> None:
    """z_n = z_base + MLP_c(merge(audio_n, MLP_a(z_{n-1}))), with z_0 of the picture before the first one."""
    encoder = encoder_of(dataclasses.replace(TINY, residual_base=residual))
    z_first, features = clip(4)

    def mlp(x: Tensor, layers: nn.Sequential) -> Tensor:
        return linear(F.gelu(linear(x, layers[0])), layers[2])

    def norm(x: Tensor) -> Tensor:
        centred = x - x.mean(1, keepdim=True)
        return centred / (centred.square().mean(1, keepdim=True) + 1e-5).sqrt()

    base = mlp(z_first, encoder.mlp_b) + (z_first if residual else 0)
    z, expected = z_first, []
    for n in range(4):
        z = base + mlp(torch.cat([norm(features[:, n]), norm(mlp(z, encoder.mlp_a))], dim=1), encoder.mlp_c)
        expected.append(z)
    torch.testing.assert_close(encoder(z_first, features), torch.stack(expected, 1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(encoder.base(z_first), base)


@pytest.mark.parametrize("config", [TINY, SpeechConfig()], ids=["tiny", "whisper-tiny"])
@pytest.mark.parametrize("batch", [1, 3])
@torch.inference_mode()
def test_step_by_step_gives_the_same_bits(config: SpeechConfig, batch: int) -> None:
    encoder = encoder_of(config)
    z_first, features = clip(60, batch, config)
    state, found = encoder.start(z_first), []
    for index in range(60):
        state = encoder.step(state, features[:, index].clone())
        found.append(state.z)
    assert torch.equal(torch.stack(found, 1), encoder(z_first, features))
    assert state.z.shape == state.base.shape == (batch, config.z_dim)


@torch.inference_mode()
def test_what_comes_later_changes_nothing_before() -> None:
    encoder, (z_first, features) = encoder_of(), clip(20)
    changed = features.clone()
    changed[:, 12:] *= -1
    one, other = encoder(z_first, features), encoder(z_first, changed)
    assert torch.equal(one[:, :12], other[:, :12]) and not torch.equal(one[:, 12], other[:, 12])


def test_a_new_encoder_gives_the_base_alone() -> None:
    encoder, (z_first, features) = SpeechEncoder(TINY), clip(5)
    assert torch.equal(encoder(z_first, features), encoder.base(z_first).unsqueeze(1).expand(-1, 5, -1))
    residual = SpeechEncoder(dataclasses.replace(TINY, residual_base=True))
    assert torch.equal(residual.base(z_first), z_first)


@torch.inference_mode()
def test_z_keeps_within_bounds_for_long_sound() -> None:
    """Even of weights under which the sum would run away: every frame reads a normalised z."""
    encoder = encoder_of()
    for layer in (encoder.mlp_a[2], encoder.mlp_c[2]):
        assert isinstance(layer, nn.Linear)
        layer.weight.mul_(30)
    z_first, features = clip(2000, 1)
    z = encoder(z_first, features)
    assert z[:, 1000:].abs().max() < 1.5 * z[:, :1000].abs().max()


@torch.inference_mode()
def test_memory_does_not_grow_with_the_length() -> None:
    encoder, (z_first, features) = encoder_of(), clip(50, 1)
    state = encoder.start(z_first)
    peaks = []
    for _ in range(3):
        tracemalloc.start()
        for feature in features.unbind(1):
            state = encoder.step(state, feature)
        peaks.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert peaks[-1] < peaks[0] + 2000


def test_gradients_reach_the_first_frame_or_as_far_as_asked() -> None:
    encoder, (z_first, features) = encoder_of(), clip(9)
    features.requires_grad_(True)
    for gradient_frames, first in ((None, 0), (3, 6), (1, 8), (9, 0)):
        features.grad = None
        encoder.zero_grad()
        encoder(z_first, features, gradient_frames=gradient_frames)[:, 8].sum().backward()
        assert features.grad is not None
        reached = [bool(features.grad[:, n].any()) for n in range(9)]
        assert reached == [n >= first for n in range(9)]
        assert all(p.grad is not None and p.grad.any() for p in encoder.mlp_b.parameters())
    assert torch.equal(encoder(z_first, features), encoder(z_first, features, gradient_frames=2))


def test_a_saved_encoder_is_the_same_and_tells_what_it_reads(tmp_path: Path) -> None:
    encoder = encoder_of()
    encoder.provenance = {"without": ["face"], "data": "made for a test"}
    encoder.save_pretrained(tmp_path)
    loaded = SpeechEncoder.from_pretrained(tmp_path)
    assert loaded.config == TINY and not loaded.training and loaded.provenance["data"] == "made for a test"
    assert torch.equal(loaded(*clip(5)), encoder(*clip(5)))
    card = (tmp_path / "README.md").read_text()
    assert "whisper-tiny-en (5 dimensions)" in card and "without these losses of the paper: face" in card


def test_another_kind_of_model_is_refused_in_one_line(tmp_path: Path, tiny_model: EMOPortraits) -> None:
    tiny_model.save_pretrained(tmp_path / "portraits")
    encoder_of().save_pretrained(tmp_path / "encoder")
    for wanted, name in ((SpeechEncoder, "portraits"), (EMOPortraits, "encoder")):
        with pytest.raises(ModelError, match="expected") as error:
            wanted.from_pretrained(tmp_path / name)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(("values", "message"), [
    ({"z_dim": 0}, "expected z_dim to be a whole number from 1 to 16384 but got 0"),
    ({"layers": True}, "expected layers to be a whole number from 1 to 64 but got True"),
    ({"residual_base": 1}, "expected residual_base to be true or false but got 1"),
    ({"fps": 0}, "expected fps above 0 and at most 1000 but got 0"),
    ({"audio_features": ""}, "expected audio_features to be a name but got ''"),
    ({"widths": 3}, "widths"),
])  # fmt: skip
def test_sizes_are_checked(values: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        SpeechConfig.from_dict(json.loads(json.dumps({**TINY.to_dict(), **values})))


def test_wrong_shapes_are_told() -> None:
    encoder, (z_first, features) = encoder_of(), clip(3)
    with pytest.raises(ModelError, match=r"expected features \[B, T, 5\] but got \[2, 3, 4\]"):
        encoder(z_first, features[..., :4])
    with pytest.raises(ModelError, match=r"expected z of the first frame \[B, 6\] but got \[2, 1, 6\]"):
        encoder.start(z_first[:, None])
    with pytest.raises(ModelError, match="at least one frame"):
        encoder(z_first, features[:, :0])
