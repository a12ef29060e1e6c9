"""Files of SyncNet and S3FD weights in the published format, random but lively, for both sides of a comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from benchmark.features.lip_sync.s3fd import S3FD
from benchmark.features.lip_sync.syncnet import ROWS_PER_FRAME, WINDOW_FRAMES, WINDOW_ROWS, SyncNet
from benchmark.features.lip_sync.syncnet import SyncNetFeatures as Features

_RIDGE = 0.3  # of the mean squared length: what is fitted survives a good JPEG


def lip_windows(crops: np.ndarray) -> torch.Tensor:
    """uint8 [T, 224, 224, 3] RGB to float32 [T - 4, 3, 5, 224, 224] BGR, as the network was trained."""
    frames = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])).float()
    return frames.unfold(0, WINDOW_FRAMES, 1).permute(0, 3, 4, 1, 2)


def sound_windows(rows: np.ndarray) -> torch.Tensor:
    """MFCC [N, 13] to float32 [M, 1, 13, 20]."""
    return torch.from_numpy(np.asarray(rows, np.float32)).unfold(0, WINDOW_ROWS, ROWS_PER_FRAME)[:, None]


def random_syncnet(
    crops: np.ndarray,  # uint8 [T, 224, 224, 3] RGB
    rows: np.ndarray,  # [N, 13] MFCC
    seed: int = 0,
) -> SyncNet:
    """Random layers whose batch norms know the statistics of this material, so that features vary over time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = SyncNet()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d | torch.nn.BatchNorm3d):
            layer.momentum = None  # cumulative: one pass sets the statistics
    with torch.no_grad():
        network.train()
        network.forward_lip(lip_windows(crops[:: max(1, len(crops) // 24)]))
        network.forward_sound(sound_windows(rows))
    return network.eval().requires_grad_(False)


def fit_to_sync(network: SyncNet, crops: np.ndarray, rows: np.ndarray) -> None:
    """Set the last layer of the lip tower so that lips come near the sound of their own time (ridge regression).

    It learns this one clip by heart, nothing about speech: enough for a clear minimum of the distances, which makes
    offset and confidence comparable between two ways of cutting the same faces out.
    """
    features = Features(network)
    target = features.sound(rows)
    hidden: dict[str, torch.Tensor] = {}
    handle = network.netfclip[2].register_forward_hook(lambda module, inputs, output: hidden.update(x=output))
    parts = []
    with torch.inference_mode():
        windows = lip_windows(crops)
        for start in range(0, len(windows), 8):
            network.forward_lip(windows[start : start + 8])
            parts.append(hidden["x"].double().numpy())
    handle.remove()
    count = min(len(target), sum(map(len, parts)))
    x, y = np.concatenate(parts)[:count], target[:count].astype(np.float64)
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    x, y = x - mean_x, y - mean_y
    gram = x @ x.T
    weight = x.T @ np.linalg.solve(gram + _RIDGE * np.trace(gram) / count * np.eye(count), y)  # [512, 1024]
    last = network.netfclip[3]
    last.weight.copy_(torch.from_numpy(weight.T))  # type: ignore[operator]
    last.bias.copy_(torch.from_numpy(mean_y - mean_x @ weight))  # type: ignore[operator]


def random_s3fd(seed: int = 0, *, face_bias: float) -> S3FD:
    """Random layers; `face_bias` moves every score: about -5 finds nothing, 0 finds something almost everywhere."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = S3FD()
    for index, head in enumerate(network.conf):
        head.bias.data[-1] = face_bias  # type: ignore[operator]
        head.weight.data.mul_(4.0 if index else 8.0)  # type: ignore[operator]
    return network.eval().requires_grad_(False)


def save(network: torch.nn.Module, path: Path) -> Path:
    torch.save(network.state_dict(), path)
    return path
