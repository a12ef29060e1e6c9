"""Configurations of Table 6 and files of one's own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from model.networks.errors import ModelError
from model.speech.expression.losses import SpeechWeights
from model.speech.expression.training_config import (
    SpeechRules,
    SpeechSchedule,
    SpeechTraining,
    read_config,
    shipped_configs,
)


def differences(name: str) -> dict[str, object]:
    """What a configuration changes of the paper's."""
    paper, other = read_config("speech"), read_config(name)
    found = {}
    for part in ("losses", "rules", "schedule"):
        one, two = asdict(getattr(paper, part)), asdict(getattr(other, part))
        found |= {key: two[key] for key in one if one[key] != two[key]}
    return found


def test_the_paper_is_the_default() -> None:
    config = read_config("speech")
    assert config == SpeechTraining()
    assert (config.schedule.shortest, config.schedule.longest, config.rules.components) == (50, 200, 8)
    assert (config.schedule.lr, config.schedule.lr_min) == (1e-4, 0)
    assert config.picture_terms() == ["l1", "face", "bce", "lips"]


def test_ablations_change_one_thing_each() -> None:
    assert set(shipped_configs()) == {"speech", "speech_entangled", "speech_no_pca", "speech_mae", "speech_mini"}
    assert differences("speech_entangled") == {"disentangled": False}
    assert differences("speech_no_pca") == {"pca": 0}
    assert differences("speech_mae") == {"pca": 0, "vtr": SpeechWeights().vtr + SpeechWeights().pca}


def test_the_mini_size_compares_latents_alone() -> None:
    mini = read_config("speech_mini", without=("vtr",))
    assert mini.weights() == {"pca": 200} and mini.sizes(z_dim=30).residual_base and mini.picture_terms() == []


@pytest.mark.parametrize(("text", "message"), [
    ("[model]\nz_dim = 4", r"expected no z_dim under \[model\]: the clips decide that"),
    ("[model]\nwidht = 4", "width"),
    ("[losses]\npcs = 4", r"\[losses\].*pca"),
    ("[rules]\ncomponents = 0", "expected components of at least 1 but got 0"),
    ("[rules]\ndisentangled = 1", "expected disentangled to be a bool but got 1"),
    ("[schedule]\nshortest = 60\nlongest = 50", "expected clips of at least 2 frames, .* but got 60 to 50"),
    ("[schedule]\nlr = 1.0", "expected lr from 0 to below 1 but got 1.0"),
    ("without = ['pcs']", "pca"),
    ("without = ['l1', 'face', 'pca', 'vtr', 'bce', 'lips']", "expected a loss with at least one term"),
    ("[other]\na = 1", "table"),
])  # fmt: skip
def test_a_value_without_sense_is_named(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ModelError, match=message):
        read_config(str(file))


def test_rules_and_schedule_say_what_is_ours() -> None:
    """Not printed in the paper; docs/speech.md marks them."""
    assert SpeechRules().gradient_frames == SpeechSchedule().longest  # gradients through a whole clip
