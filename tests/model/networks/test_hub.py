"""Hub ids, with the download replaced by a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard
from huggingface_hub.errors import OfflineModeIsEnabled

import model.networks.saved
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError


@pytest.fixture
def hub(tiny_model: EMOPortraits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str | None]]:
    """A hub that holds `someone/tiny`; returns what was asked for."""
    tiny_model.provenance = {"licence": "Apache-2.0"}
    tiny_model.save_pretrained(tmp_path / "someone" / "tiny")
    asked = []

    def download(repo_id: str, filename: str, *, revision: str | None = None, **_: Any) -> str:
        asked.append((repo_id, filename, revision))
        path = tmp_path / repo_id / filename
        if not path.exists():
            raise OfflineModeIsEnabled(f"cannot reach {repo_id}")
        return str(path)

    monkeypatch.setattr("huggingface_hub.hub_mixin.hf_hub_download", download)
    monkeypatch.setattr(model.networks.saved, "hf_hub_download", download)
    return asked


@torch.inference_mode()
def test_a_hub_id_loads_like_its_folder(hub: list[tuple[str, str, str | None]], tiny_model: EMOPortraits) -> None:
    loaded = EMOPortraits.from_pretrained("someone/tiny", revision="v1")
    picture = torch.rand(1, 3, 32, 32)
    assert torch.equal(loaded(picture, picture), tiny_model(picture, picture))
    assert loaded.provenance == {"licence": "Apache-2.0"} and not loaded.training
    assert {(name, revision) for _, name, revision in hub} == {("config.json", "v1"), ("model.safetensors", "v1")}


@pytest.mark.parametrize("where", ["someone/else", "not a name", "/no/such/folder"])
def test_what_is_neither_folder_nor_hub_id_is_one_clear_line(
    hub: list[tuple[str, str, str | None]], where: str
) -> None:
    with pytest.raises(ModelError, match="expected a model folder or a hub id but got") as error:
        EMOPortraits.from_pretrained(where)
    assert "\n" not in str(error.value)


def test_a_folder_of_another_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"hidden_size": 64}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="is it another model"):
        EMOPortraits.from_pretrained(tmp_path)


def test_sizes_that_would_fill_the_memory_are_refused_before_they_do(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    """The file is small: what it says of a network without weights decides the memory."""
    tiny_model.save_pretrained(tmp_path)
    settings = json.loads((tmp_path / "config.json").read_text())
    settings["model"]["pose_width"], settings["absent"] = 4096, ["pose_net"]
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=r"at most 1,000,000,000 numbers but these sizes ask for 45,.* \(183 GB\)"):
        EMOPortraits.from_pretrained(tmp_path)


@pytest.mark.parametrize(("name", "value"), [("absent", 5), ("provenance", "mine"), ("model", [1])])
def test_settings_of_another_kind_are_one_clear_line(
    tiny_model: EMOPortraits, tmp_path: Path, name: str, value: object
) -> None:
    tiny_model.save_pretrained(tmp_path)
    settings = json.loads((tmp_path / "config.json").read_text()) | {name: value}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=f'"{name}"'):
        EMOPortraits.from_pretrained(tmp_path)


def test_saved_folder_has_a_card_with_its_provenance(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    tiny_model.provenance = {"data": "made for a test"}
    tiny_model.save_pretrained(tmp_path)
    assert "made for a test" in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("provenance", "said"),
    [
        ({"licence": "Apache-2.0"}, {"license": "apache-2.0"}),
        ({"licence": "Ours alone"}, {"license": "other", "license_name": "Ours alone"}),
        ({}, {}),
    ],
)
def test_the_hub_reads_the_licence_off_the_card(
    tiny_model: EMOPortraits,
    tmp_path: Path,
    provenance: dict[str, str],
    said: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tiny_model.provenance = provenance
    tiny_model.save_pretrained(tmp_path)
    assert not caplog.records
    data = ModelCard.load(tmp_path / "README.md").data.to_dict()
    assert {name: value for name, value in data.items() if name.startswith("license")} == said
    assert data["library_name"] == "feed-benchmark"


def test_half_precision_is_stored_and_loads_as_float32(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    tiny_model.save_pretrained(tmp_path / "full")
    tiny_model.half().save_pretrained(tmp_path / "half")
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("full", "half")]
    assert sizes[1] < 0.6 * sizes[0]
    assert next(EMOPortraits.from_pretrained(tmp_path / "half").parameters()).dtype == torch.float32


def test_loading_imports_no_compiler(tiny_model: EMOPortraits, tmp_path: Path) -> None:
    """Arithmetic on tensors without numbers would, for two seconds in every process."""
    tiny_model.save_pretrained(tmp_path)
    code = f"import sys; from model import EMOPortraits; EMOPortraits.from_pretrained({str(tmp_path)!r})"
    code += "; print('torch._dynamo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_loading_shipped_weights_imports_neither_compiler_nor_symbols() -> None:
    code = "import sys; from model import EMOPortraits; EMOPortraits.from_preset('emoportraits-mini', pretrained=True)"
    code += "; print({'torch._dynamo', 'sympy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
