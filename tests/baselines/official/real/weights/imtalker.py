"""IMTalker: its renderer."""

import argparse

import torch
from given import FILES
from renderer.models import IMTRenderer

options = argparse.Namespace(swin_res_threshold=128, num_heads=8, window_size=8, input_size=512)
model = IMTRenderer(options)
torch.save({"state_dict": {f"gen.{name}": value for name, value in model.state_dict().items()}}, FILES["renderer"])
