"""A folder of speech weights: written, read, and refused in one line where something is missing or does not fit."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
import torch

from model.networks.errors import ModelError
from model.speech import load_speech
from model.speech.driving import folder as folders
from model.speech.driving.speech_model import SpeechModel, save_speech
from tests.model.speech.driving.material import LIDS, load_loudness, saved, speech_weights
from tests.model.speech.encoders import Loudness


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    found, made = load_speech(saved(tmp_path / "speech", teacher="ab" * 32)), speech_weights()
    for ours, theirs in ((found.expression, made.expression), (found.head_motion, made.head_motion)):
        assert all(torch.equal(ours.state_dict()[name], value) for name, value in theirs.state_dict().items())
    assert torch.equal(found.mouth_directions, made.mouth_directions)
    assert (found.fps, found.teacher_sha256) == (25.0, "ab" * 32)
    assert "test" in (tmp_path / "speech" / "README.md").read_text()


@pytest.mark.parametrize("part", folders.FILES)
def test_what_is_missing_is_named(tmp_path: Path, part: str) -> None:
    folder = saved(tmp_path / "speech")
    (folder / part).unlink()
    with pytest.raises(ModelError, match=Path(part).name) as caught:
        load_speech(folder)
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_shipped_say_how_to_make_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "SHIPPED", ("none-such",))
    with pytest.raises(ModelError, match=r"this package has none; feed model train-speech .*--speech-model"):
        load_speech("none-such")
    with pytest.raises(ModelError, match="did you mean 'none-such'"):
        load_speech("none-suhc")


def test_parts_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    made = speech_weights()
    with pytest.raises(ModelError, match="of the same fps but got 25.0 and 30.0"):
        SpeechModel(made.expression, speech_weights(fps=30.0).head_motion, made.mouth)
    with pytest.raises(ModelError, match=r"mouth components of z \[8\]"):
        SpeechModel(made.expression, made.head_motion, speech_weights(z_dim=9).mouth)
    with pytest.raises(ModelError, match="components of the audio encoder's teacher"):
        dataclasses.replace(made, mouth_card={"model_sha256": "ab" * 32})


def test_other_speech_networks_than_in_training_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.speech.whisper.load_whisper", load_loudness)
    assert isinstance(speech_weights().ears, Loudness)
    monkeypatch.setattr(Loudness, "identity", "loudness with other windows")
    model = speech_weights()
    monkeypatch.setattr(Loudness, "identity", "loudness")
    with pytest.raises(ModelError, match="'loudness with other windows' but this version makes 'loudness'"):
        _ = model.ears


def test_a_half_written_folder_is_read_as_what_it_is(tmp_path: Path) -> None:
    folder = saved(tmp_path / "speech")
    other = tmp_path / "other"
    save_speech(speech_weights(z_dim=9), other, "# other\n")
    shutil.copy(other / "mouth-components.safetensors", folder)
    with pytest.raises(ModelError, match="expected mouth components"):
        load_speech(folder)


def test_lids_are_kept_where_there_are_any(tmp_path: Path) -> None:
    save_speech(speech_weights(blinks=True), tmp_path / "with", "# with\n")
    found = load_speech(tmp_path / "with")
    assert found.lids is not None and torch.equal(found.lids, torch.eye(8)[LIDS])
    assert load_speech(saved(tmp_path / "without")).lids is None
    (tmp_path / "with" / folders.LIDS_FILE).write_bytes(b"none")
    with pytest.raises(ModelError, match="what closes the lids in"):
        load_speech(tmp_path / "with")
    with pytest.raises(ModelError, match=r"what closes the lids \[8\] but got \[9\]"):
        dataclasses.replace(speech_weights(), lids=torch.zeros(9))
