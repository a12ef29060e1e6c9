"""The encoder is the published one, of whatever file its weights came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.core.weights import REGISTRY, resolve
from model.commands import speech_features as command
from model.networks.errors import ModelError
from model.speech import whisper
from model.speech.features import frame_times, speech_features
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.whisper import EMBEDDED, NETWORKS, WhisperEncoder, WhisperSize, load_whisper
from model.speech.windows import Windows
from tests.model.speech.test_ctranslate2_file import file_of
from tests.model.speech.test_features import noise

pytest.importorskip("transformers", reason="the extra 'speech' is not installed: transformers")

SMALL = WhisperSize(8, 2, 2)
WHOLE = Windows(30.0, 30.0)


def random_encoder(windows: Windows = WHOLE) -> WhisperEncoder:
    torch.manual_seed(0)
    encoder = WhisperEncoder(SMALL, windows)
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return encoder


def as_ctranslate2(encoder: WhisperEncoder, key_offset: float = 0.0) -> bytes:
    """What CTranslate2's converter makes of an encoder, float32."""
    state = encoder.network.state_dict()
    tensors = {"encoder/position_encodings/encodings": state["embed_positions.weight"]}
    for number in (1, 2):
        tensors |= {f"encoder/conv{number}/{kind}": state[f"conv{number}.{kind}"] for kind in ("weight", "bias")}
    tensors |= {
        "encoder/layer_norm/gamma": state["layer_norm.weight"],
        "encoder/layer_norm/beta": state["layer_norm.bias"],
    }
    for number in range(SMALL.layers):
        theirs, ours = f"encoder/layer_{number}/", f"layers.{number}."
        attention = f"{ours}self_attn."
        for kind in ("weight", "bias"):
            query, value = (state[f"{attention}{name}_proj.{kind}"] for name in "qv")
            key = state[f"{attention}k_proj.weight"] if kind == "weight" else torch.full_like(query, key_offset)
            tensors[f"{theirs}self_attention/linear_0/{kind}"] = torch.cat([query, key, value])
            tensors[f"{theirs}self_attention/linear_1/{kind}"] = state[f"{attention}out_proj.{kind}"]
            for layer in (0, 1):
                tensors[f"{theirs}ffn/linear_{layer}/{kind}"] = state[f"{ours}fc{layer + 1}.{kind}"]
        for there, here in (("self_attention", "self_attn_layer_norm"), ("ffn", "final_layer_norm")):
            tensors[f"{theirs}{there}/layer_norm/gamma"] = state[f"{ours}{here}.weight"]
            tensors[f"{theirs}{there}/layer_norm/beta"] = state[f"{ours}{here}.bias"]
    return file_of({name: tensor.numpy() for name, tensor in tensors.items()})


def placed(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(whisper, "NETWORKS", {EMBEDDED: SMALL})
    monkeypatch.setattr(whisper, "resolve", lambda name: path)


def test_weights_of_ctranslate2_are_those_of_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = random_encoder()
    path = tmp_path / "whisper.bin"
    path.write_bytes(as_ctranslate2(encoder))
    placed(monkeypatch, path)
    loaded = load_whisper(EMBEDDED, WHOLE)
    mel = torch.randn(80, 3000)
    assert torch.equal(loaded(mel), encoder(mel))
    path.write_bytes(as_ctranslate2(encoder, key_offset=1.0))
    with pytest.raises(ModelError, match="no offset of the key"):
        load_whisper(EMBEDDED, WHOLE)


def test_weights_of_the_hub_are_those_of_the_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = random_encoder()
    path = tmp_path / "whisper.safetensors"
    state = {f"model.encoder.{name}": tensor for name, tensor in encoder.network.state_dict().items()}
    save_file({**state, "model.decoder.layer_norm.weight": torch.ones(3)}, path)
    placed(monkeypatch, path)
    mel = torch.randn(80, 3000)
    assert torch.equal(load_whisper(EMBEDDED, WHOLE)(mel), encoder(mel))
    path.write_bytes(b"no safetensors")
    with pytest.raises(ModelError, match="cannot be read"):
        load_whisper(EMBEDDED, WHOLE)


def test_a_shorter_window_has_the_first_positions() -> None:
    whole, short = random_encoder(), WhisperEncoder(SMALL, Windows())
    short.load(whole.network.state_dict(), "a test")
    assert short.network.embed_positions.weight.shape == (150, 8)
    assert torch.equal(short.network.embed_positions.weight, whole.network.embed_positions.weight[:150])
    assert short(torch.randn(80, 300)).shape == (150, 8)


def test_other_weights_and_other_input_are_refused() -> None:
    encoder = WhisperEncoder(SMALL)
    state = random_encoder().network.state_dict()
    with pytest.raises(ModelError, match=r"\[1500, 8\] but got nothing"):
        encoder.load({}, "a test")
    with pytest.raises(ModelError, match=r"but got \[150, 8\]"):
        encoder.load(encoder.network.state_dict(), "a test")
    with pytest.raises(FeedError, match="1 tensors differ"):
        encoder.load({name: tensor for name, tensor in state.items() if name != "conv1.bias"}, "a test")
    with pytest.raises(ModelError, match=r"expected mel \[80, 300\] but got \[80, 299\]"):
        encoder(torch.zeros(80, 299))
    with pytest.raises(ModelError, match="whisper-tiny-en"):
        load_whisper("whisper-tiny.en")


def test_features_of_a_random_encoder_are_the_same_bits_again() -> None:
    encoder = random_encoder(Windows())
    sound, times_s = noise(2.0), frame_times(2.0, 25.0)
    found = speech_features(sound, 0.0, times_s, encoder)
    assert found.shape == (50, 8) and torch.equal(found, speech_features(sound, 0.0, times_s, encoder))
    assert torch.equal(found[20:30], speech_features(sound, 0.0, times_s[20:30], encoder))


def test_networks_are_in_the_registry_and_the_command_has_the_embedded_one() -> None:
    assert all(name in REGISTRY and REGISTRY[name].sha256 for name in NETWORKS)
    import argparse

    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    assert parser.parse_args(["speech-features", "a.wav", "--out", "b.safetensors"]).network == EMBEDDED


def test_an_encoder_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "whisper.bin"
    path.write_bytes(as_ctranslate2(random_encoder()))
    placed(monkeypatch, path)
    assert load_whisper().identity == "whisper-tiny-en 1a5afae06a4d, windows of 3 s every 0.6 s"
    assert random_encoder(WHOLE).identity == "weights without a name, windows of 30 s every 30 s"


def published() -> WhisperEncoder:
    try:
        resolve(EMBEDDED)
    except WeightsUnavailable as error:
        pytest.skip(f"{EMBEDDED}: {error}")
    return load_whisper(EMBEDDED, WHOLE)


def test_published_weights_give_what_the_pipeline_of_transformers_gives() -> None:
    """30 s windows side by side are what transcription reads. A sound's first sample is not mirrored here: it is 0."""
    from transformers import WhisperFeatureExtractor

    encoder = published()
    sound = noise(20.0)
    sound[:400] = 0.0
    mel = WhisperFeatureExtractor()(sound, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").input_features
    with torch.inference_mode():
        theirs = encoder.network(mel).last_hidden_state[0]
    found = speech_features(sound, 0.0, np.arange(1500) * 0.02, encoder)
    torch.testing.assert_close(found, theirs, atol=1e-3, rtol=0)


@pytest.mark.parametrize("at_s", (2.0, 3.32))
def test_a_click_changes_the_published_values_most_in_the_frame_of_its_time(at_s: float) -> None:
    published()
    encoder = load_whisper()
    quiet = noise(4.5) * 0.01
    quiet[-1600:-1440] += 0.9 * np.hanning(160).astype(np.float32)  # by the loudest moment silence is cut off
    clicked = quiet.copy()
    place = round(at_s * SAMPLE_RATE_HZ)
    clicked[place - 80 : place + 80] += 0.5 * np.hanning(160).astype(np.float32)
    times_s = at_s + np.arange(-10, 11) / 25.0
    change = speech_features(clicked, 0.0, times_s, encoder) - speech_features(quiet, 0.0, times_s, encoder)
    assert change.square().mean(1).argmax() == 10
