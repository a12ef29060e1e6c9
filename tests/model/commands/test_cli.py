from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from model.cli import build_parser, main
from model.networks.emoportraits import EMOPortraits
from tests.model.speech.driving.material import saved


def test_every_command_module_is_a_verb() -> None:
    text = build_parser().format_help()
    for verb in ("animate", "convert-official", "demo", "export-onnx", "info", "train"):
        assert verb in text


def test_help_loads_neither_torch_nor_opencv() -> None:
    code = (
        "import sys; from model.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(' '.join({'torch', 'cv2', 'av', 'huggingface_hub', 'numpy'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("preset", "z_dim"), [("emoportraits", 128), ("megaportraits", 512)])
def test_info_shows_sizes(preset: str, z_dim: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", preset]) == 0
    assert f"z {z_dim}, canonical volume 96 x 16 x 64 x 64" in capsys.readouterr().out


def test_info_of_a_folder(tiny_model: EMOPortraits, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_model.provenance = {"licence": "Apache-2.0"}
    tiny_model.save_pretrained(tmp_path)
    assert main(["info", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "32 px, z 8" in shown and "licence: Apache-2.0" in shown


def test_info_of_speech_weights_and_their_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = saved(tmp_path / "speech", teacher="ab" * 32)
    assert main(["info", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert f"for the model {'ab' * 32}" in shown and "mouth components: 3 of z 8" in shown
    for part, words in (("expression", "audio encoder: "), ("head-motion", "head motion: ")):
        assert main(["info", str(folder / part)]) == 0
        alone = capsys.readouterr().out
        assert alone.startswith(words) and alone in shown
        assert "2 features of loudness, 25 frames/s" in alone
    (folder / "head-motion" / "model.safetensors").unlink()
    assert main(["info", str(folder)]) == 2
    assert "head-motion/model.safetensors is missing" in capsys.readouterr().err


def test_wrong_preset_and_wrong_file_are_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["info", "emoportrait"]) == 2
    assert capsys.readouterr().err.startswith("error: expected a preset among")
    assert main(["convert-official", str(tmp_path / "none.pth"), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
