from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.networks.errors import ModelError
from model.training.losses.total import LossWeights
from model.training.paper_config import PaperConfig, Rules, Schedule, read_config, shipped_configs


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found = {}
    for name, value in values.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def differences(one: str, other: str) -> dict[str, Any]:
    a, b = (flat(read_config(name).to_dict() | {"sizes": read_config(name).sizes().to_dict()}) for name in (one, other))
    return {name: b.get(name) for name in a.keys() | b.keys() if a.get(name) != b.get(name) and name != "model.z_dim"}


def test_emoportraits_is_the_paper() -> None:
    config = read_config("emoportraits")
    model = {"preset": "emoportraits", "green_background": False}
    assert config == PaperConfig(model, LossWeights(), Rules(), Schedule())
    assert config.sizes().z_dim == 128 and config.sizes().z_dropout_last


@pytest.mark.parametrize(("name", "changed"), [
    ("no_cv", {"losses.cv": 0.0}),
    ("no_sdm", {"losses.sdm": 0.0}),
    ("z512", {"sizes.z_dim": 512}),
])  # fmt: skip
def test_ablations_of_table_4_differ_only_in_what_they_name(name: str, changed: dict[str, Any]) -> None:
    assert differences("emoportraits", name) == changed


def test_fine_tuned_baseline_differs_from_the_baseline_in_data_and_start() -> None:
    changed = {"schedule.mixture": "extreme", "schedule.fine_tune": True}
    assert differences("megaportraits", "megaportraits_finetuned") == changed


def test_baseline_has_none_of_the_papers_additions() -> None:
    config = read_config("megaportraits")
    assert config.sizes().z_dim == 512 and config.sizes().z_dropout == 0
    assert set(config.weights()) == {"image", "face", "gaze", "cos", "adv", "fm"}
    assert not config.rules.pose_pairs and config.schedule.mixture == "ordinary"


def test_every_shipped_file_is_read() -> None:
    names = {"emoportraits", "megaportraits", "megaportraits_finetuned", "no_cv", "no_sdm", "z512"}
    assert set(shipped_configs()) == names
    for name in names:
        assert not read_config(name).sizes().green_background  # pairs are trained on as they are


def test_published_weights_in_a_file_of_your_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('without = ["gaze"]\n[model]\npreset = "emoportraits"\n[losses]\nimage = 18\ncv = 0.5\n')
    config = read_config(str(file), without=("ears", "gaze"))
    assert config.losses == LossWeights(image=18, cv=0.5) and config.without == ("gaze", "ears")
    assert "gaze" not in config.weights() and config.weights()["image"] == 18


@pytest.mark.parametrize(("text", "message"), [
    ("[losses]\nimage = 1.0\n", "expected a table .model. with a preset"),
    ('[model]\npreset = "emoportrait"\n', "did you mean 'emoportraits'"),
    ('[model]\npreset = "emoportraits"\nz_dimm = 3\n', "fields of ModelConfig but got also z_dimm"),
    ('[model]\npreset = "emoportraits"\n[loss]\n', "expected a table among"),
    ('[model]\npreset = "emoportraits"\n[losses]\ncvv = 1.0\n', r"\[losses\]: expected a key .* did you mean 'cv'"),
    ('[model]\npreset = "emoportraits"\n[losses]\ncv = -1.0\n', "expected weight cv to be a number of at least 0"),
    ('[model]\npreset = "emoportraits"\n[rules]\nsdm = "code"\n', "expected sdm to be 'paper' or 'published'"),
    ('[model]\npreset = "emoportraits"\n[rules]\nperceptual = "vgg"\n', "network of the image term .* 'vgg19'"),
    ('[model]\npreset = "emoportraits"\n[rules]\npose_pairs = 1\n', "expected pose_pairs to be a bool"),
    ('[model]\npreset = "emoportraits"\n[schedule]\nbatch = 3\n', "expected a batch of parts of at least 2"),
    ('[model]\npreset = "emoportraits"\n[schedule]\nmixture = "feed"\n', "expected a mixture among"),
    ('[model]\npreset = "emoportraits"\n[schedule]\nlr = 2.0\n', "expected lr from 0 to below 1"),
    ('[model]\npreset = "emoportraits"\n[schedule]\nsteps = 0\n', "expected steps of at least 1"),
    ('without = ["vgg"]\n[model]\npreset = "emoportraits"\n', "expected a term of the loss among"),
    ("without = 3\n", "expected 'without' to be a list of terms"),
    ("[model\n", "expected a configuration in"),
])  # fmt: skip
def test_mistakes_are_named(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ModelError, match=message):
        read_config(str(file))


def test_unknown_name_and_missing_file() -> None:
    with pytest.raises(ModelError, match="expected a configuration among .* did you mean 'no_cv'"):
        read_config("nocv")
    with pytest.raises(ModelError, match="expected a configuration in none.toml but"):
        read_config("none.toml")
