"""A seed must keep giving the same person: the shipped model was trained on renders of random subjects.

The numbers were recorded from the renders of the first training. If a change here is wanted, train again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from feed_dataset.synthetic.head import Head, SharedTopology
from feed_dataset.synthetic.subjects import SUBJECTS, random_subject
from feed_dataset.synthetic.types import Expression

SKIN_VERTICES = [100, 2500, 4000]
STATE = Expression(
    {"jawOpen": 0.5, "mouthSmileLeft": 0.8, "browInnerUp": 0.4, "eyeBlinkRight": 0.3},
    {"neck-platysma": 0.5},
    head_deg=(20, -8, 5),
    translation_dm=(0.1, 0.05, -0.2),
    gaze_deg=(10, -7),
)
RECORDED: dict[str, dict[str, Any]] = {
    "random 1": {
        "skin": [
            [0.3121800124645233, 0.294189989566803, 0.26458999514579773],
            [-0.5499699711799622, 0.3752700090408325, -0.5505399703979492],
            [0.605139970779419, 0.24163000285625458, 0.11014000326395035],
        ],
        "hair": [
            [1.4143199920654297, 0.8713300228118896, -0.04656999930739403],
            [1.3740099668502808, 0.09920000284910202, -0.8122199773788452],
        ],
        "brow": [
            [0.6901500225067139, 0.584309995174408, 0.2389499992132187],
            [0.12394999712705612, 0.5846899747848511, 0.33309000730514526],
        ],
        "lash": [
            [0.8235700130462646, 0.21567000448703766, 0.06458000093698502],
            [0.3083299994468689, 0.2948099970817566, 0.2729499936103821],
        ],
        "albedo": [157.322, 126.394, 108.793],
        "detail": [126.957, 0.816, 0.223, 0.771],
        "occlusion": 0.6639599800109863,
    },
    "random 5": {
        "skin": [
            [0.3244900107383728, 0.2860499918460846, 0.333189994096756],
            [-0.563319981098175, 0.33219000697135925, -0.5149700045585632],
            [0.6249799728393555, 0.24629999697208405, 0.17395000159740448],
        ],
        "hair": [
            [1.0033899545669556, -1.468559980392456, -0.5035099983215332],
            [-0.8047000169754028, -0.9841399788856506, -0.5055599808692932],
        ],
        "brow": [
            [0.7235199809074402, 0.5733000040054321, 0.2818300127983093],
            [0.3415899872779846, 0.6080600023269653, 0.4221000075340271],
        ],
        "lash": [
            [0.8430399894714355, 0.21291999518871307, 0.12381000071763992],
            [0.31874001026153564, 0.28321999311447144, 0.33788999915122986],
        ],
        "albedo": [177.682, 147.056, 126.673],
        "detail": [126.665, 0.835, 0.227, 0.766],
        "occlusion": 0.6586700081825256,
    },
    "S07": {
        "skin": [
            [0.3395400047302246, 0.28856000304222107, 0.4174700081348419],
            [-0.588100016117096, 0.4043099880218506, -0.5493199825286865],
            [0.688730001449585, 0.23300999402999878, 0.25154000520706177],
        ],
        "hair": [
            [0.1355299949645996, 1.5764800310134888, -0.04089000076055527],
            [0.7221400141716003, 0.6821699738502502, -1.4804400205612183],
        ],
        "brow": [
            [0.9412699937820435, 0.48813000321388245, 0.1804099977016449],
            [0.24860000610351562, 0.5944200158119202, 0.5103200078010559],
        ],
        "beard": [
            [-0.38929998874664307, -0.1214900016784668, 0.05170999839901924],
            [0.46852999925613403, -0.19787000119686127, 0.575469970703125],
        ],
        "lash": [
            [0.8942400217056274, 0.2246599942445755, 0.16956999897956848],
            [0.322050005197525, 0.2896200120449066, 0.4253300130367279],
        ],
        "albedo": [131.205, 97.605, 77.279],
        "detail": [126.859, 0.831, 0.225, 0.763],
        "occlusion": 0.6730599999427795,
    },
}


@pytest.fixture(scope="module")
def trained_topology() -> SharedTopology:
    return SharedTopology(level=0, texture_px=256)


@pytest.mark.parametrize("name", RECORDED)
def test_seeds_keep_their_meaning(trained_topology: SharedTopology, name: str) -> None:
    recorded = RECORDED[name]
    spec = SUBJECTS[name] if name in SUBJECTS else random_subject(int(name.split()[1]))
    head = Head(trained_topology, spec)
    frame = head.pose(STATE)
    assert np.allclose(frame.skin_positions[SKIN_VERTICES], recorded["skin"], atol=2e-5)
    assert set(frame.strands) == {"hair", "brow", "beard", "lash"} & set(recorded)
    assert np.allclose(frame.strands["hair"].points[[0, 5000], -1], recorded["hair"], atol=1e-4)
    for kind in set(frame.strands) - {"hair"}:
        assert np.allclose(frame.strands[kind].points[[0, 300], -1], recorded[kind], atol=1e-4), kind
    assert np.allclose(head.maps.albedo.mean((0, 1)), recorded["albedo"], atol=0.05)
    assert np.allclose(head.maps.detail.mean((0, 1)), recorded["detail"], atol=0.05)
    assert head.ambient_occlusion.mean() == pytest.approx(recorded["occlusion"], abs=1e-3)
