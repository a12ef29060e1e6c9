"""LivePortrait: its five networks, and detectors in ONNX that see the same face in the middle of every picture."""

import numpy as np
import onnx
import torch
import yaml
from given import CHECKOUT, FILES
from onnx import TensorProto, helper, numpy_helper
from src.modules.appearance_feature_extractor import AppearanceFeatureExtractor
from src.modules.motion_extractor import MotionExtractor
from src.modules.spade_generator import SPADEDecoder
from src.modules.stitching_retargeting_network import StitchingRetargetingNetwork
from src.modules.warping_network import WarpingNetwork

DETECTED_PX = 512  # pictures are brought to this side for the detector
STRIDES, ANCHORS = (8, 16, 32), 2


def write_onnx(path: str, side: int | str, outputs: list[np.ndarray], name: str = "input") -> None:
    """A network that gives the same outputs for every picture."""
    picture = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, side, side])
    nodes, infos = [], []
    for number, value in enumerate(outputs):
        value = value.astype(np.float32)
        nodes.append(helper.make_node("Constant", [], [f"o{number}"], value=numpy_helper.from_array(value)))
        infos.append(helper.make_tensor_value_info(f"o{number}", TensorProto.FLOAT, list(value.shape)))
    graph = helper.make_graph(nodes, "constant", [picture], infos)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def detections() -> list[np.ndarray]:
    """One face, found by the coarsest anchors: scores, distances to its sides, and five points, for each stride."""
    scores, boxes, points = [], [], []
    for stride in STRIDES:
        count = (DETECTED_PX // stride) ** 2 * ANCHORS
        scores.append(np.zeros((count, 1)))
        boxes.append(np.full((count, 4), 0.3 * DETECTED_PX / stride))
        points.append(np.zeros((count, 10)))
    cells = DETECTED_PX // STRIDES[-1]
    scores[-1][(cells // 2 * cells + cells // 2) * ANCHORS] = 0.9
    return [*scores, *boxes, *points]


def face(count: int, places: dict[tuple[int, ...], tuple[float, float]]) -> np.ndarray:
    """Points on an oval, x and y in [0, 1], and those of eyes and lips where the repository looks for them."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    found = np.stack([0.5 + 0.3 * np.cos(angles), 0.5 + 0.36 * np.sin(angles)], axis=1)
    for numbers, (x, y) in places.items():
        found[list(numbers)] = np.stack([x + 0.03 * np.cos(np.arange(len(numbers))), [y] * len(numbers)], axis=1)
    return found


def main() -> None:
    with open(f"{CHECKOUT}/src/config/models.yaml") as stream:
        config = {name.removesuffix("_params"): one for name, one in yaml.safe_load(stream)["model_params"].items()}
    appearance = AppearanceFeatureExtractor(**config["appearance_feature_extractor"])
    motion = MotionExtractor(**config["motion_extractor"])
    warping = WarpingNetwork(**config["warping_module"])
    generator = SPADEDecoder(**config["spade_generator"])
    for name, part in (
        ("appearance", appearance),
        ("motion", motion),
        ("warping", warping),
        ("generator", generator),
    ):
        torch.save(part.state_dict(), FILES[name])
    heads = {"retarget_shoulder": "stitching", "retarget_mouth": "lip", "retarget_eye": "eye"}
    stitching = config["stitching_retargeting_module"]
    parts = {key: StitchingRetargetingNetwork(**stitching[name]).state_dict() for key, name in heads.items()}
    torch.save(parts, FILES["stitching"])
    write_onnx(FILES["detector"], "side", detections(), "input.1")
    eyes = {(33, 35, 40, 39): (0.38, 0.4), (87, 89, 94, 93): (0.62, 0.4), (52,): (0.45, 0.7), (61,): (0.55, 0.7)}
    write_onnx(FILES["detector_landmarks"], 192, [face(106, eyes).reshape(1, 212) * 2 - 1], "data")
    eyes = {(0, 6, 12, 18): (0.38, 0.4), (24, 30, 36, 42): (0.62, 0.4), (48,): (0.45, 0.7), (66,): (0.55, 0.7)}
    landmarks = face(203, eyes).reshape(1, 406)
    write_onnx(FILES["landmarks"], 224, [np.zeros((1, 1)), np.zeros((1, 1)), landmarks])


if __name__ == "__main__":
    main()
