"""A metric and a method that look at faces with the same eyes: which they are, and that tables say so."""

from __future__ import annotations

import pytest

from baselines.registry import load
from benchmark.metrics import CARDS
from benchmark.metrics.eyes import FAMILIES, judges_of, shared_with
from feed_dataset.core.weights import REGISTRY

WARP = ("face-detector", "face-mesh")


@pytest.mark.parametrize(
    ("metric", "judges", "shared"),
    [
        ("expression_transfer[mesh468]", {"face-detector", "face-mesh"}, "MediaPipe"),
        ("m_p[mesh478]", {"face-landmarker"}, "MediaPipe"),  # another network, the same family
        ("gaze_error_deg[iris]", {"iris"}, "MediaPipe"),
        ("m_p[landmarks68]", {"landmarks-1k3d68"}, None),  # the mesh only says where the face is
        ("csim[dlib]", {"dlib-face-resnet"}, None),
        ("fid[pytorch-fid]", {"fid-inception"}, None),
        ("psnr", set(), None),
    ],
)
def test_who_judges_and_what_the_landmark_warp_shares_with_it(
    metric: str, judges: set[str], shared: str | None
) -> None:
    assert judges_of(CARDS[metric]) == judges
    assert shared_with(CARDS[metric], WARP) == shared
    assert shared_with(CARDS[metric], ()) is None


def test_a_network_of_no_family_is_shared_by_its_name() -> None:
    assert shared_with(CARDS["csim[dlib]"], ("dlib-face-resnet",)) == "dlib-face-resnet"


def test_what_methods_and_families_name_is_in_the_registry() -> None:
    assert set().union(*FAMILIES.values()) <= set(REGISTRY)
    assert load("keypoint-warp").capabilities.reads_with == frozenset(WARP)
    assert load("copy-source").capabilities.reads_with == frozenset()


@pytest.mark.parametrize(
    "name", ["expression_transfer", "expression_error", "pose_error_deg", "pose_transfer", "apd_deg", "akd", "m_p"]
)
def test_face_metrics_have_a_judge_of_another_family(name: str) -> None:
    judges = [judges_of(card) for card in CARDS.values() if card.id.partition("[")[0] == name]
    assert any(not judge & FAMILIES["MediaPipe"] for judge in judges)
