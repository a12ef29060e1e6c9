"""Known values of LPIPS: its formula on layers that copy what they get, and the mean over frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_case, of_function

if TYPE_CHECKING:
    from benchmark.features.networks.lpips import Kind

_LAYERS: dict[Kind, int] = {"alex": 5, "vgg": 5, "squeeze": 7}
# Of the package lpips 0.1.4, ScalingLayer.
_SHIFT, _SCALE = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
_WEIGHTS = np.array([0.5, 1.0, 2.0])


def known_values() -> tuple[KnownValue, ...]:
    """No network is needed: the distance is looked at with layers that pass the prepared picture on."""
    found = []
    for kind, layers in _LAYERS.items():
        metric = f"lpips[{kind}]"
        values = np.array([0.1, 0.25, 0.7], np.float32)
        whole = video(None, frames=4)
        compared = case(video(None, frames=3), whole, reference=whole, pairs={metric: values})
        found.append(of_case(metric, "three frames, a fourth is missing", CLOSED_FORM, compared, 0.35, scored=3, due=4))
        found += _formula(metric, kind, layers)
    return tuple(found)


def _formula(metric: str, kind: Kind, layers: int) -> list[KnownValue]:
    random = np.random.default_rng(layers)
    a, b = (random.integers(0, 256, (3, 40, 36, 3), dtype=np.uint8) for _ in range(2))
    sides = [(one.astype(np.float64) / 127.5 - 1 - _SHIFT) / _SCALE for one in (a, b)]
    units = [one / np.sqrt((one**2).sum(axis=-1, keepdims=True)) for one in sides]
    per_pixel = ((units[0] - units[1]) ** 2 * _WEIGHTS).sum(axis=-1)
    # Layer l counts l times, so that each of them matters.
    expected = float(per_pixel.mean() * sum(range(1, layers + 1)))

    def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        import torch
        from torch import nn

        from benchmark.features.networks.lpips import FrameDistance, Lpips

        lpips = Lpips.__new__(Lpips)  # without the network's own layers, which take long to make
        nn.Module.__init__(lpips)
        _set_up(lpips, kind)
        lpips.heads = nn.ParameterList(
            nn.Parameter(torch.from_numpy(_WEIGHTS * layer).float(), requires_grad=False)
            for layer in range(1, layers + 1)
        )
        return FrameDistance(lpips)(a, b)

    def beside_zeros() -> float:
        import torch

        from benchmark.features.networks.lpips import Lpips

        here = torch.tensor([3.0, 0.0, -4.0]).view(1, 3, 1, 1)
        sides, weights = (torch.zeros(1, 3, 1, 1), here), torch.from_numpy(_WEIGHTS).float()
        return sum(float(Lpips._layer_distance(*order, weights)) for order in (sides, sides[::-1])) / 2

    narrow = a[:, :, :12]
    dark = float(_WEIGHTS @ np.array([0.36, 0.0, 0.64]))
    return [
        of_function(metric, "a pixel without features", CLOSED_FORM, beside_zeros, dark),
        of_function(
            metric,
            "layers that copy, weighted by number",
            INDEPENDENT,
            lambda: float(distances(a, b).mean()),
            expected,
            tolerance=1e-5 * expected,
        ),
        of_function(
            metric,
            "frames too narrow for the network",
            EXACTLY,
            lambda: float(np.isnan(distances(narrow, narrow)).mean()),
            1.0,
        ),
    ]


def _set_up(lpips: object, kind: Kind) -> None:
    import torch
    from torch import nn

    from benchmark.features.networks import lpips as module

    backbone = module.BACKBONES[kind]
    lpips.backbone = backbone  # type: ignore[attr-defined]
    lpips.features = nn.Sequential(*(nn.Identity() for _ in range(backbone.taps[-1] + 1)))  # type: ignore[attr-defined]
    for name, values in (("shift", module.SHIFT), ("scale", module.SCALE)):
        lpips.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1))  # type: ignore[attr-defined]
