"""First Order Motion Model: generator and keypoint detector."""

import torch
import yaml
from given import CHECKOUT, FILES
from modules.generator import OcclusionAwareGenerator
from modules.keypoint_detector import KPDetector

with open(f"{CHECKOUT}/config/vox-256.yaml") as stream:
    config = yaml.safe_load(stream)["model_params"]
generator = OcclusionAwareGenerator(**config["generator_params"], **config["common_params"])
keypoints = KPDetector(**config["kp_detector_params"], **config["common_params"])
generator.final.weight.data *= 40  # otherwise all its pictures are one grey, whoever drives
torch.save({"generator": generator.state_dict(), "kp_detector": keypoints.state_dict()}, FILES["checkpoint"])
