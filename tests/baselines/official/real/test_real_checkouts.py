"""Official code itself, end to end; see `checkouts.py` for how a test is switched on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.baselines.official.real.checkouts import check_made, make_weights, set_up_real


@pytest.mark.parametrize("method", ["fomm", "fomm-absolute"])
def test_fomm(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set_up_real(tmp_path, monkeypatch, method, shims=["torchvision-empty"])
    make_weights(found)
    said = check_made(found, tmp_path, monkeypatch)
    assert len(said) == 2 and all("were the weights loaded?" in one for one in said)  # grey, as weights at random give


@pytest.mark.parametrize("method", ["tpsmm", "tpsmm-absolute"])
def test_tpsmm(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set_up_real(tmp_path, monkeypatch, method)
    make_weights(found)
    check_made(found, tmp_path, monkeypatch)


def test_imtalker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set_up_real(tmp_path, monkeypatch, "imtalker", shims=["face-alignment-stub"])
    make_weights(found)
    check_made(found, tmp_path, monkeypatch)


@pytest.mark.parametrize("method", ["liveportrait", "liveportrait-absolute"])
def test_liveportrait(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set_up_real(tmp_path, monkeypatch, method)
    make_weights(found)
    check_made(found, tmp_path, monkeypatch)


def test_wav2lip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set_up_real(tmp_path, monkeypatch, "wav2lip", shims=["librosa-mel"])
    make_weights(found)
    check_made(found, tmp_path, monkeypatch, frames=6)


def test_sadtalker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set_up_real(tmp_path, monkeypatch, "sadtalker", shims=["torchvision-functional-tensor", "seed"])
    make_weights(found)
    check_made(found, tmp_path, monkeypatch)
