"""The doctor says exactly what is missing, and tells a failed download from weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from baselines.official.about import about
from baselines.official.adapter import Weight
from baselines.official.health import Finding, examine, option_problems, weight_problem
from baselines.official.loading import adapter
from baselines.official.settings import load_settings
from tests.baselines.official.stand_in import stand_in


def missing(name: str) -> dict[str, Finding]:
    return {one.what: one for one in examine(adapter(name)) if one.state == "missing"}


def test_a_repository_that_is_not_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_CONFIG", str(tmp_path))
    assert "fomm is not set up" in missing("fomm")["setup"].detail


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>Quota exceeded", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "is a pointer of Git LFS"),
        (b"PK\x03\x04 cut off", "its archive is damaged"),
        (b"Rar! and so on", "it is a RAR archive"),
        (b"hello there, no weights", "neither an archive nor a pickle"),
    ],
)
def test_a_failed_download_is_told_from_weights(content: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "vox.pth.tar"
    file.write_bytes(content)
    assert reason in str(weight_problem(file, Weight(path="vox.pth.tar")))
    if b"html" in content:
        onnx = tmp_path / "landmark.onnx"
        onnx.write_bytes(content)
        assert reason in str(weight_problem(onnx, Weight(path="landmark.onnx")))


def test_weights_that_fit_are_nothing_to_say(tmp_path: Path) -> None:
    file = tmp_path / "renderer.ckpt"
    torch.save({"state_dict": {"gen.first": torch.zeros(1)}}, file)
    assert weight_problem(file, Weight(path="renderer.ckpt", prefix="gen.")) is None
    assert "would load nothing" in str(weight_problem(file, Weight(path="renderer.ckpt", prefix="net.")))
    assert "expected 3 bytes" in str(weight_problem(file, Weight(path="renderer.ckpt", bytes=3)))
    assert "expected sha256" in str(weight_problem(file, Weight(path="renderer.ckpt", sha256="0" * 64)))
    begins = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    assert weight_problem(file, Weight(path="renderer.ckpt", sha256=begins)) is None


def test_options_that_a_later_commit_dropped_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "fomm")
    settings = load_settings(adapter("fomm"))
    assert option_problems(adapter("fomm"), settings, "relative") == []
    script = settings.checkout / "demo.py"
    script.write_text(script.read_text().replace("'--adapt_scale'", "'--scale'"))
    assert option_problems(adapter("fomm"), settings, "relative") == ["unknown option --adapt_scale"]
    assert "unknown option --adapt_scale" in missing("fomm")["command line"].detail


def test_options_whose_names_are_put_together_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "fomm")
    script = load_settings(adapter("fomm")).checkout / "demo.py"
    script.write_text("import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--' + 'config')\n")
    assert "line 3 makes an option whose name is not written out" in missing("fomm")["command line"].detail


def test_another_script_is_one_line_for_each_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "fomm")
    script = load_settings(adapter("fomm")).checkout / "demo.py"
    script.write_text("import argparse\n")
    lines = [one.detail for one in examine(adapter("fomm")) if one.what == "command line"]
    assert len(lines) == len(set(lines)) > 4
    assert all(line.startswith("demo.py: unknown option --") for line in lines)


def test_settings_that_are_none_say_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "fomm")
    file = tmp_path / "config" / "official" / "fomm.json"
    for text, reason in (
        ("{", "Expecting property name"),
        ("{}", "but checkout: Field required"),
        ("[]", "dictionary"),
    ):
        file.write_text(text)
        (found,) = examine(adapter("fomm"))
        assert found.what == "setup" and reason in found.detail and "\n" not in found.detail


def test_classes_that_a_later_commit_changed_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "uva")
    settings = load_settings(adapter("uva"))
    assert option_problems(adapter("uva"), settings, "absolute") == []
    script = settings.checkout / "inversion.py"
    script.write_text(script.read_text().replace("def init_model(model)", "def init_model(model, mean)"))
    model = settings.checkout / "model.py"
    model.write_text(model.read_text().replace("def estimate_pose(", "def pose_of("))
    (settings.checkout / "modules" / "canonical_generator.py").unlink()
    needs, lost, unread = option_problems(adapter("uva"), settings, "absolute")
    assert needs == "init_model of inversion.py needs mean"
    assert lost == "model.py has no UVASystem.estimate_pose"
    assert "modules/canonical_generator.py cannot be read" in unread


def test_everything_that_lacks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "liveportrait")
    settings = load_settings(adapter("liveportrait"))
    (settings.checkout / "pretrained_weights/liveportrait/landmark.onnx").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    found = missing("liveportrait")
    assert "is not there" in found["pretrained_weights/liveportrait/landmark.onnx"].detail
    assert "huggingface.co/KwaiVGI" in found["pretrained_weights/liveportrait/landmark.onnx"].advice
    assert "no ffprobe on PATH" in found["ffprobe"].detail
    assert "has no module tyro" in found["tyro"].detail
    assert "torch" not in found


def test_a_file_that_is_to_be_had_elsewhere_has_an_address_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "wav2lip")
    settings = load_settings(adapter("wav2lip"))
    for weight in adapter("wav2lip").weights.values():
        settings.weight(weight).unlink()
    found = missing("wav2lip")
    detector = found["face_detection/detection/sfd/s3fd.pth"].advice
    assert "s3fd-619a316812.pth" in detector and "drive.google" not in detector
    assert "drive.google" in found["wav2lip_gan.pth"].advice
    files = [text for what, text in about(adapter("wav2lip"), "still") if what == "weights file"]
    assert "s3fd-619a316812.pth" in files[1]


def test_a_shim_stands_for_the_module_that_it_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "imtalker")
    assert "face_alignment" in missing("imtalker")
    stand_in(tmp_path, monkeypatch, "imtalker", shims=("face-alignment-stub",))
    assert "face_alignment" not in missing("imtalker")
    remarks = [one.detail for one in examine(adapter("imtalker")) if one.state == "remark"]
    assert "face-alignment-stub is switched on" in remarks
