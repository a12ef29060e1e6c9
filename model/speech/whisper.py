"""The encoder of Whisper (Radford et al. 2022) through `transformers`, on windows of any length up to its own 30 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor, nn

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.weights import REGISTRY, resolve
from feed_dataset.core.weights.loading import fit_state
from model.networks.errors import ModelError
from model.speech.ctranslate2_file import read_tensors
from model.speech.mel import BANDS
from model.speech.windows import FRAMES_PER_POSITION, LONGEST_S, POSITION_S, Windows

POSITIONS = round(LONGEST_S / POSITION_S)
EMBEDDED = "whisper-tiny-en"
"""The smallest that any machine with a package index can have. It heard English only."""


@dataclass(frozen=True)
class WhisperSize:
    """Sizes of an encoder, as `WhisperConfig` has them."""

    width: int
    layers: int
    heads: int

    @property
    def hidden(self) -> int:
        return 4 * self.width


TINY, BASE = WhisperSize(384, 4, 6), WhisperSize(512, 6, 8)
NETWORKS = MappingProxyType({EMBEDDED: TINY, "whisper-tiny": TINY, "whisper-base": BASE})
"""Names in the registry of weights."""


class WhisperEncoder(nn.Module):
    """Whisper's encoder with the first positions of its 30 s, without gradients.

    Args:
        size: of the network.
        windows: that it will be given; part of what its values depend on.

    Attributes:
        identity: weights and windows in words: what features were made with.

    Raises:
        ModelError: the package `transformers` is missing.
    """

    def __init__(self, size: WhisperSize, windows: Windows | None = None) -> None:
        super().__init__()
        self.windows = windows or Windows()
        self.width = size.width
        self.identity = f"weights without a name, {self.windows}"
        self.network = _network(size, self.windows.length)
        self.eval().requires_grad_(False)

    @torch.inference_mode()
    def forward(
        self,
        mel: Tensor,  # float32 [80, 2 P], P positions of a window
    ) -> Tensor:  # float32 [P, D], on the CPU
        """The embeddings of a window."""
        expected = [BANDS, FRAMES_PER_POSITION * self.windows.length]
        if list(mel.shape) != expected:
            raise ModelError(f"expected mel {expected} but got {list(mel.shape)}")
        device = next(self.parameters()).device
        found: Tensor = self.network(mel[None].to(device)).last_hidden_state[0]
        return found.float().cpu()

    def load(self, state: Mapping[str, Tensor], what: str) -> None:
        """Take an encoder's weights by the names of `transformers`; of its positions the first are kept.

        Raises:
            FeedError: other names or shapes.
        """
        positions = state.get("embed_positions.weight")
        if positions is None or tuple(positions.shape) != (POSITIONS, self.width):
            got = "nothing" if positions is None else str(list(positions.shape))
            raise ModelError(f"expected the positions of {what} [{POSITIONS}, {self.width}] but got {got}")
        fit_state(self.network, {**state, "embed_positions.weight": positions[: self.windows.length]}, what)


def load_whisper(name: str = EMBEDDED, windows: Windows | None = None) -> WhisperEncoder:
    """An encoder with its published weights, fetched once if they are not here.

    Args:
        name: of NETWORKS.

    Raises:
        FeedError: an unknown name, `transformers` is missing, or the weights cannot be had or read.
    """
    from feed_dataset.core.jobs.suggestions import unknown

    if name not in NETWORKS:
        raise ModelError(unknown("speech network", name, NETWORKS))
    encoder = WhisperEncoder(NETWORKS[name], windows)
    path = resolve(name)
    encoder.load(_of_ctranslate2(path) if path.suffix == ".bin" else _of_hub(path), name)
    encoder.identity = f"{name} {str(REGISTRY[name].sha256)[:12]}, {encoder.windows}"
    return encoder


@cache
def embedded_whisper() -> WhisperEncoder:
    """The default of everything that hears: one for the process."""
    return load_whisper()


def _network(size: WhisperSize, positions: int) -> nn.Module:
    try:
        from transformers import WhisperConfig
        from transformers.models.whisper.modeling_whisper import WhisperEncoder as Published
    except ImportError as error:
        raise ModelError(
            f"expected the package transformers but {words_of(error)}; pip install 'feed-benchmark[speech]'"
        ) from error
    config = WhisperConfig(
        num_mel_bins=BANDS,
        d_model=size.width,
        encoder_layers=size.layers,
        encoder_attention_heads=size.heads,
        encoder_ffn_dim=size.hidden,
        max_source_positions=positions,
        attn_implementation="sdpa",
    )
    network: nn.Module = Published(config)
    return network


def _of_hub(path: Path) -> dict[str, Tensor]:
    """The encoder in a `model.safetensors` of the hub."""
    from safetensors import SafetensorError, safe_open

    prefix = "model.encoder."
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 - no dict
            return {name.removeprefix(prefix): file.get_tensor(name).float() for name in names}
    except (SafetensorError, OSError) as error:
        raise ModelError(f"expected Whisper's weights but {path} cannot be read: {words_of(error)}") from error


def _of_ctranslate2(path: Path) -> dict[str, Tensor]:
    """The encoder in a `model.bin` of CTranslate2, by the names of `transformers`."""
    found = {name: torch.from_numpy(array) for name, array in read_tensors(path, "WhisperSpec", "encoder/").items()}
    state: dict[str, Tensor] = {}
    for name, tensor in found.items():
        layer, _, rest = name.partition("/")
        if not layer.startswith("layer_") or layer == "layer_norm":
            state[_NAMES.get(name, name.replace("/", "."))] = tensor
        elif rest.startswith("self_attention/linear_0/"):
            state |= _split(f"layers.{layer.removeprefix('layer_')}.self_attn", rest.rpartition("/")[2], tensor)
        else:
            state[f"layers.{layer.removeprefix('layer_')}.{_NAMES.get(rest, rest.replace('/', '.'))}"] = tensor
    return state


def _split(attention: str, kind: str, tensor: Tensor) -> dict[str, Tensor]:
    """Query, key and value, which the file keeps as one; a key has no offset in Whisper."""
    if len(tensor) % 3:
        raise ModelError(f"expected query, key and value of {attention} but got {list(tensor.shape)}")
    query, key, value = tensor.chunk(3)
    parts = {f"{attention}.q_proj.{kind}": query, f"{attention}.v_proj.{kind}": value}
    if kind != "bias":
        parts[f"{attention}.k_proj.{kind}"] = key
    elif key.any():
        raise ModelError(f"expected no offset of the key in {attention} but it has one")
    return parts


_NAMES = {
    "layer_norm/gamma": "layer_norm.weight",
    "layer_norm/beta": "layer_norm.bias",
    "position_encodings/encodings": "embed_positions.weight",
    "self_attention/linear_1/weight": "self_attn.out_proj.weight",
    "self_attention/linear_1/bias": "self_attn.out_proj.bias",
    "self_attention/layer_norm/gamma": "self_attn_layer_norm.weight",
    "self_attention/layer_norm/beta": "self_attn_layer_norm.bias",
    "ffn/linear_0/weight": "fc1.weight",
    "ffn/linear_0/bias": "fc1.bias",
    "ffn/linear_1/weight": "fc2.weight",
    "ffn/linear_1/bias": "fc2.bias",
    "ffn/layer_norm/gamma": "final_layer_norm.weight",
    "ffn/layer_norm/beta": "final_layer_norm.bias",
}
