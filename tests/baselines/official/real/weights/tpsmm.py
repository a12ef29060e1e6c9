"""Thin-Plate Spline Motion Model: inpainting, keypoints and dense motion."""

import torch
import yaml
from given import CHECKOUT, FILES
from modules.dense_motion import DenseMotionNetwork
from modules.inpainting_network import InpaintingNetwork
from modules.keypoint_detector import KPDetector

with open(f"{CHECKOUT}/config/vox-256.yaml") as stream:
    config = yaml.safe_load(stream)["model_params"]
common = config["common_params"]
parts = {
    "inpainting_network": InpaintingNetwork(**config["generator_params"], **common),
    "kp_detector": KPDetector(**common),
    "dense_motion_network": DenseMotionNetwork(**common, **config["dense_motion_params"]),
}
parts["inpainting_network"].final.weight.data *= 40  # otherwise all its pictures are one grey, whoever drives
torch.save({name: part.state_dict() for name, part in parts.items()}, FILES["checkpoint"])
