"""SadTalker: its networks in their one file, its mapping, and detectors that see the same face in every picture."""

from __future__ import annotations

import math

import torch
import yaml
from facexlib.detection.retinaface import RetinaFace
from given import CHECKOUT, FILES, SIDE, calibrated
from safetensors.torch import save_file
from src.audio2exp_models.networks import SimpleWrapperV2
from src.audio2pose_models.audio2pose import Audio2Pose
from src.face3d.models.networks import define_net_recon
from src.face3d.util.my_awing_arch import FAN
from src.facerender.modules.generator import OcclusionAwareSPADEGenerator
from src.facerender.modules.keypoint_detector import KPDetector
from src.facerender.modules.mapping import MappingNet
from yacs.config import CfgNode

FACE = 0.75  # side of the face, of that of the picture
STRIDE_PX, ANCHOR_PX, VARIANCES = 32, 512, (0.1, 0.2)  # of the detector's coarsest grid
HEATMAP_PX, POINTS = 64, 98
SURE = 20.0


def detector() -> RetinaFace:
    """Only the first cell of its coarsest grid says "face": the one without a neighbour to its left or above."""
    found = RetinaFace(network_name="resnet50", device="cpu")
    corner, above = found.ssh3.conv3X3, found.fpn.output3
    for convolution, normalisation in ((above[0], above[1]), (corner[0], corner[1])):
        torch.nn.init.zeros_(convolution.weight)
        torch.nn.init.ones_(normalisation.bias)  # all ones, and ones less what the neighbours say
    corner[0].weight.data[0, 0, 1, 0] = corner[0].weight.data[0, 0, 0, 1] = -1.0
    for head in found.ClassHead:
        torch.nn.init.zeros_(head.conv1x1.weight)
        head.conv1x1.bias.data = torch.tensor([SURE, 0.0, SURE, 0.0])
    found.ClassHead[2].conv1x1.weight.data[3, 0] = 2 * SURE  # of its two anchors the larger one
    centre = (SIDE - STRIDE_PX) / 2 / (VARIANCES[0] * ANCHOR_PX)
    size = math.log(FACE * SIDE / ANCHOR_PX) / VARIANCES[1]
    for head in found.BboxHead:
        torch.nn.init.zeros_(head.conv1x1.weight)
        head.conv1x1.bias.data = torch.tensor([centre, centre, size, size] * 2)
    return found


def places() -> torch.Tensor:
    """Where 98 points are in a face, x and y in [0, 1], float [98, 2]: an oval, brows, nose, eyes, mouth."""

    def arc(count: int, x: float, y: float, width: float, height: float, start: float = 0.0, end: float = 1.0):
        angles = 2 * math.pi * torch.linspace(start, end, count + (end - start == 1.0))[:count]
        return torch.stack([x - width * torch.cos(angles), y - height * torch.sin(angles)], dim=1)

    return torch.cat(
        [
            arc(33, 0.5, 0.4, 0.4, -0.5, 0, 0.5),
            arc(9, 0.32, 0.28, 0.12, 0.03),
            arc(9, 0.68, 0.28, 0.12, 0.03),
            torch.stack([torch.full((4,), 0.5), torch.linspace(0.38, 0.56, 4)], dim=1),
            arc(5, 0.5, 0.6, 0.08, -0.02, 0, 0.5),
            arc(8, 0.32, 0.38, 0.08, 0.03),
            arc(8, 0.68, 0.38, 0.08, 0.03),
            arc(12, 0.5, 0.76, 0.16, 0.06),
            arc(8, 0.5, 0.76, 0.1, 0.02),
            torch.tensor([[0.32, 0.38], [0.68, 0.38]]),
        ]
    )


def landmarks() -> FAN:
    """It hardly looks at the picture but at its coordinates; its last layer is fitted to the places of the points."""
    found = FAN(num_modules=4, num_landmarks=POINTS, device="cpu")
    found.conv1.conv.weight.data[:, :3] *= 1e-3
    calibrated(found, torch.rand(2, 3, 256, 256))
    seen: list[torch.Tensor] = []
    last = found.l3
    handle = last.register_forward_pre_hook(lambda layer, given: seen.append(given[0]))
    with torch.no_grad():
        found(torch.rand(1, 3, 256, 256))
    handle.remove()
    features = seen[0][0].flatten(1).T.double()  # [H * W, C]
    features = torch.cat([features, torch.ones(len(features), 1, dtype=torch.double)], dim=1)
    y, x = torch.meshgrid(torch.arange(HEATMAP_PX), torch.arange(HEATMAP_PX), indexing="ij")
    grid = torch.stack([x, y], dim=-1).reshape(-1, 1, 2).double()
    wanted = torch.exp(-((grid - HEATMAP_PX * places().double()) ** 2).sum(-1) / (2 * 5.0**2))  # [H * W, points]
    solved = torch.linalg.lstsq(features, wanted).solution.T.float()
    last.weight.data[:POINTS], last.bias.data[:POINTS] = solved[:, :-1, None, None], solved[:, -1]
    return found


def main() -> None:
    with open(f"{CHECKOUT}/src/config/facerender.yaml") as stream:
        config = yaml.safe_load(stream)["model_params"]
    with open(f"{CHECKOUT}/src/config/auido2pose.yaml") as stream:
        pose = CfgNode.load_cfg(stream)
    common = config["common_params"]
    parts = {
        "face_3drecon": define_net_recon("resnet50", use_last_fc=False, init_path=""),
        "audio2pose": Audio2Pose(pose, None, device="cpu"),
        "audio2exp": SimpleWrapperV2(),
        "generator": OcclusionAwareSPADEGenerator(**config["generator_params"], **common),
        "kp_extractor": KPDetector(**config["kp_detector_params"], **common),
    }
    tensors = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
    save_file({name: value.contiguous() for name, value in tensors.items()}, FILES["renderer"])
    mapping = MappingNet(**config["mapping_params"])
    torch.save({"mapping": mapping.state_dict(), "epoch": 0}, FILES["mapping"])
    torch.save({"state_dict": landmarks().state_dict()}, FILES["landmarks"])
    torch.save(detector().state_dict(), FILES["detector"])


if __name__ == "__main__":
    main()
