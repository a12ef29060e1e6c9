"""Face networks of the packages insightface and timm against ours, on shared random weights."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.bench_metrics_parts.figure import Figure

if TYPE_CHECKING:
    import torch

SEED = 0


def compare(quick: bool) -> list[Figure]:
    """Largest differences from the reference packages."""
    return [
        *compare_alignment(4 if quick else 32),
        compare_arcface(4 if quick else 32),
        compare_landmarks68(4 if quick else 32),
        compare_vggface2(2 if quick else 8),
    ]


def pictures(count: int, height_px: int = 240, width_px: int = 320) -> np.ndarray:
    """Smooth random pictures, uint8 [count, H, W, 3]."""
    import cv2

    rng = np.random.default_rng(SEED)
    coarse = rng.integers(0, 256, (count, 15, 20, 3), dtype=np.uint8)
    return np.stack([cv2.resize(one, (width_px, height_px), interpolation=cv2.INTER_CUBIC) for one in coarse])


def points_of_faces(count: int) -> np.ndarray:
    """Five points of turned, moved and scaled faces, float64 [count, 5, 2]; some reach past the picture."""
    from benchmark.features.networks.alignment import ARCFACE_POINTS

    rng = np.random.default_rng(SEED + 1)
    out = []
    for _ in range(count):
        angle, scale = rng.uniform(-0.6, 0.6), rng.uniform(0.5, 2.5)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centred = ARCFACE_POINTS - ARCFACE_POINTS.mean(axis=0)
        out.append(scale * centred @ turn.T + rng.uniform([60, 60], [260, 180]) + rng.normal(0, 3, (5, 2)))
    return np.stack(out)


def compare_alignment(count: int) -> list[Figure]:
    """The affine map and the pixels of `norm_crop`."""
    from insightface.utils import face_align

    from benchmark.features.networks.alignment import arcface_affine, arcface_chip

    maps, pixels = [], []
    for image, points in zip(pictures(count), points_of_faces(count), strict=True):
        theirs = face_align.estimate_norm(points)
        maps.append(np.abs(arcface_affine(points) - theirs).max() / np.abs(theirs).max())
        difference = arcface_chip(image, points).astype(int) - face_align.norm_crop(image, points).astype(int)
        pixels.append(np.abs(difference).max())
    note = f"insightface.utils.face_align, {count} faces"
    return [
        Figure("arcface alignment against insightface", float(max(maps)), "rel", 1e-6, at_least=False, note=note),
        Figure("arcface chip against insightface", float(max(pixels)), "grey levels", 0.0, at_least=False, note=note),
    ]


def save_arcface(path: Path) -> None:
    """A random network with ArcFace's signature: [N, 3, 112, 112] to [N, 512]."""
    _save_network(path, size_px=112, values=512, normalise=None)


def save_landmarks68(path: Path) -> None:
    """A random network with the signature of 1k3d68: normalisation inside, [N, 3, 192, 192] to [N, 3309]."""
    _save_network(path, size_px=192, values=3309, normalise=(127.5, 1 / 128.0))


def _save_network(path: Path, *, size_px: int, values: int, normalise: tuple[float, float] | None) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(SEED + 2)
    grid = size_px // 16
    arrays = {
        "kernel": rng.normal(0, 0.05, (8, 3, 16, 16)).astype(np.float32),
        "head": rng.normal(0, 0.05, (8 * grid * grid, values)).astype(np.float32),
    }
    nodes = []
    last = "data"
    if normalise is not None:
        arrays |= {"mean": np.float32(normalise[0]), "scale": np.float32(normalise[1])}
        nodes.append(helper.make_node("Sub", [last, "mean"], ["minus"], name="_minusscalar0"))
        nodes.append(helper.make_node("Mul", ["minus", "scale"], ["scaled"], name="_mulscalar0"))
        last = "scaled"
    nodes += [
        helper.make_node("Conv", [last, "kernel"], ["maps"], name="conv", strides=[16, 16]),
        helper.make_node("Tanh", ["maps"], ["bent"], name="tanh"),
        helper.make_node("Flatten", ["bent"], ["flat"], name="flatten"),
        helper.make_node("MatMul", ["flat", "head"], ["out"], name="head"),
    ]
    shapes = (["N", 3, size_px, size_px], ["N", values])
    info = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(("data", "out"), shapes, strict=True)
    ]
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in arrays.items()]
    graph = helper.make_graph(nodes, "random", info[:1], info[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))


def compare_arcface(count: int) -> Figure:
    """Descriptors of insightface's `ArcFaceONNX`, which takes one face at a time, against our batch."""
    from insightface.app.common import Face
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX

    from benchmark.features.networks.alignment import arcface_chip
    from benchmark.features.networks.arcface import ArcFace
    from benchmark.features.networks.onnx import OnnxNetwork

    images, points = pictures(count), points_of_faces(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.onnx"
        save_arcface(path)
        theirs = ArcFaceONNX(str(path))
        expected = [theirs.get(i[..., ::-1].copy(), Face(kps=p)) for i, p in zip(images, points, strict=True)]
        chips = np.stack([arcface_chip(image, five) for image, five in zip(images, points, strict=True)])
        got = ArcFace(OnnxNetwork(path)).embed_chips(chips)
    error = float(np.abs(got - np.stack(expected)).max() / np.abs(expected).max())
    note = f"insightface ArcFaceONNX on one random network, {count} faces"
    return Figure("csim[arcface] descriptor against insightface", error, "rel", 1e-5, at_least=False, note=note)


def compare_landmarks68(count: int) -> Figure:
    """Points of insightface's `Landmark`, in pixels."""
    from insightface.app.common import Face
    from insightface.model_zoo.landmark import Landmark

    from benchmark.features.networks.landmarks68 import Landmarks68
    from benchmark.features.networks.onnx import OnnxNetwork

    images = pictures(count)
    rng = np.random.default_rng(SEED + 3)
    corners = rng.uniform([-20, -20], [160, 100], (count, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(40, 160, (count, 2))], axis=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "1k3d68.onnx"
        save_landmarks68(path)
        theirs = Landmark(str(path))
        expected = [theirs.get(i[..., ::-1].copy(), Face(bbox=b)) for i, b in zip(images, boxes, strict=True)]
        got = Landmarks68(OnnxNetwork(path)).in_boxes(images, boxes)
    error = float(np.abs(got - np.stack(expected)).max())
    note = f"insightface Landmark on one random network, {count} faces"
    return Figure("landmarks68 against insightface", error, "px", 1e-3, at_least=False, note=note)


def timm_senet(seed: int = SEED) -> Any:
    """timm's SE-ResNet-50 (Caffe's: stride in the first 1 x 1 convolution) with random weights.

    Its batch norms have the statistics of what reaches them, as a trained network's do: with arbitrary ones fifty
    layers enlarge every rounding.
    """
    import timm
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = timm.create_model("legacy_seresnet50", pretrained=False, num_classes=8631).train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 1.0
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.uniform_(module.bias, -0.5, 0.5)
        network(as_vggface2(pictures(8, 224, 224)))
    return network.eval()


def as_vggface2(
    chips: np.ndarray,  # uint8 [N, 224, 224, 3] RGB
) -> torch.Tensor:  # float32 [N, 3, 224, 224]
    """Less the mean of the published conversion."""
    import torch

    mean = np.array([131.0912, 103.8827, 91.4953], np.float32)
    return torch.from_numpy((chips - mean).transpose(0, 3, 1, 2)).contiguous()


def published_name(name: str) -> str:
    """The tensor's name in `senet50_ft_dag.pth` for its name in timm."""
    if name.startswith("last_linear."):
        return name.replace("last_linear.", "classifier.")
    if name.startswith("layer0."):
        return re.sub(r"^layer0\.(conv1|bn1)", lambda m: "conv1_7x7_s2" + ("_bn" if m[1] == "bn1" else ""), name)
    found = re.match(r"layer(\d)\.(\d+)\.(.+)\.(\w+)$", name)
    if found is None:
        raise ValueError(f"expected a tensor of legacy_seresnet50 but got {name!r}")
    stage, block, layer, value = found.groups()
    ours = {
        "conv1": "1x1_reduce", "bn1": "1x1_reduce_bn", "conv2": "3x3", "bn2": "3x3_bn", "conv3": "1x1_increase",
        "bn3": "1x1_increase_bn", "se_module.fc1": "1x1_down", "se_module.fc2": "1x1_up", "downsample.0": "1x1_proj",
        "downsample.1": "1x1_proj_bn",
    }[layer]  # fmt: skip
    return f"conv{int(stage) + 1}_{int(block) + 1}_{ours}.{value}"


def compare_vggface2(count: int) -> Figure:
    """Descriptors of timm's module and of ours that read the same weights from a file in the published format."""
    import torch

    from benchmark.features.networks.vggface2 import SeNet50, VggFace2

    reference = timm_senet()
    state = {published_name(name): value for name, value in reference.state_dict().items()}
    state = {name: value[..., None, None] if name == "classifier.weight" else value for name, value in state.items()}
    chips = pictures(count, 224, 224)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "senet50_ft_dag.pth"
        torch.save(state, path)
        got = VggFace2(SeNet50.from_file(path)).embed_chips(chips)
    with torch.inference_mode():
        maps = reference.forward_features(as_vggface2(chips))
    expected = maps.mean(dim=(2, 3)).numpy()
    error = float(np.abs(got - expected).max() / np.abs(expected).max())
    note = f"timm legacy_seresnet50 on one random state, {count} faces"
    return Figure("csim[vggface2] descriptor against timm", error, "rel", 1e-4, at_least=False, note=note)
