"""The torchmetrics classes equal the metrics, and shards merge exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from benchmark.metrics import score_case
from benchmark.metrics.modules_expression import Asymmetry, Intensity, TongueF1, TongueTransfer, WinkF1, _Sums
from tests.benchmark.metrics.faces import case, person, shoot, talking, video
from tests.benchmark.metrics.test_asymmetry import lopsided
from tests.benchmark.metrics.test_tongue import areas
from tests.benchmark.metrics.test_winks import EARLY, LATE, eyes

RAW: dict[str, tuple[Callable[[], _Sums], str, np.ndarray, np.ndarray]] = {
    "intensity[mesh468]": (
        lambda: Intensity("mesh468"), "mesh468", np.stack(talking(person(), 0.6)), np.stack(talking(person()))
    ),
    "asymmetry[mesh478]": (Asymmetry, "mesh478", lopsided(0.2, 0.05), lopsided(0.3, 0.0)),
    "wink_f1[blendshapes52]": (WinkF1, "blendshapes", eyes(left=EARLY), eyes(left=EARLY, right=LATE)),
    "tongue_f1[mesh468]": (TongueF1, "tongue", areas(0, 0.05, 0, 0, 0, 0, 0), areas(0, 0, 0, 0.1, 0.1, 0.1, 0)),
    "tongue_transfer[mesh468]": (TongueTransfer, "tongue", areas(0, 0.05, 0.02), areas(0, 0.1, 0.02)),
}  # fmt: skip


@pytest.mark.parametrize("metric", RAW)
def test_one_clip_equals_the_metric(metric: str) -> None:
    make, feature, output, driver = RAW[metric]
    module = make()
    module.update(torch.from_numpy(np.asarray(output, np.float32)), torch.from_numpy(np.asarray(driver, np.float32)))

    def seen(values: np.ndarray):
        if feature == "mesh468":
            return video(list(values))
        return video([shoot(person())] * len(values), arrays={feature: np.asarray(values, np.float32)})

    expected = score_case(metric, case(seen(output), seen(driver), seen(driver[:1]))).value
    assert float(module.compute()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metric", RAW)
def test_shards_merge_exactly(metric: str) -> None:
    make, _, output, driver = RAW[metric]
    clips = [(torch.from_numpy(np.asarray(a, np.float32)), torch.from_numpy(np.asarray(b, np.float32)))
             for a, b in ((output, driver), (driver, driver))]  # fmt: skip
    whole, left, right = make(), make(), make()
    for clip in clips:
        whole.update(*clip)
    left.update(*clips[0])
    right.update(*clips[1])
    left.sums += right.sums  # what a worker's reduction does
    left._update_count += 1
    assert float(left.compute()) == float(whole.compute())


@pytest.mark.parametrize("metric", RAW)
def test_nothing_raises_instead_of_a_number(metric: str) -> None:
    module = RAW[metric][0]()
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="saw none"):
        module.compute()


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="expected finite features"):
        WinkF1().update(torch.full((3, 52), torch.nan), torch.zeros(3, 52))
    with pytest.raises(ValueError, match="expected a network among"):
        Intensity("mesh9")
    with pytest.raises(ValueError, match="left from right"):
        Asymmetry("mesh468")
