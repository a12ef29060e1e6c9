"""SyncNet, S3FD, MFCC and the historical procedure equal syncnet-python 0.2.3 on shared random weights."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("syncnet_python", reason="syncnet-python is not installed: extra oracles")
pytest.importorskip("python_speech_features", reason="python_speech_features is not installed: extra syncnet")

from tests.oracles import compare_syncnet as oracle


def test_features_and_coefficients(tmp_path: Path) -> None:
    figures = oracle.compare_networks(tmp_path, 10)
    assert [str(figure) for figure in figures if not figure.is_met] == []


def test_offset_confidence_and_distance_of_the_historical_script(tmp_path: Path) -> None:
    figure = oracle.compare_procedure(tmp_path, 32)
    assert figure.is_met, figure


def test_detector_finds_the_same_boxes(tmp_path: Path) -> None:
    figure = oracle.compare_detector(tmp_path, 1)
    assert figure.is_met, figure


def test_tracks_and_crops() -> None:
    figure = oracle.compare_crops()
    assert figure.is_met, figure
