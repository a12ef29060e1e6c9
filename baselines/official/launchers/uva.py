"""Drives UVA's own classes: train them on one source, then render every driver frame and write it without loss.

The repository's script does the same and writes tiled pictures into TensorBoard's log alone. This one makes the same
calls in the same order (its `inversion.py`: both stages of the inversion, then its transfer), and saves the frames.
Runs in the repository's environment, with the checkout on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import sys
from typing import Any

_NOT_LOADED = ("mraa_predictor", "perceptual_pyramide", "pnp_pose.down")
"""Beginnings of the names that UVA's own `load_state_dict` passes over."""


def main() -> int:
    """Write OUT/%06d.png, one for each driver frame."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, help="of the repository")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--source", required=True, help="an image")
    parser.add_argument("--frames", required=True, help="a folder of driver frames, in the order of their names")
    parser.add_argument("--out", required=True, help="a folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()

    import numpy as np
    import torch
    import yaml

    random.seed(options.seed)
    np.random.seed(options.seed)
    torch.manual_seed(options.seed)
    with open(options.config) as stream:
        config = yaml.safe_load(stream)
    inversion = importlib.import_module("inversion")
    model = _loaded(config, options.checkpoint).to(options.device)
    source = _image(options.source, config, options.device)
    _train(inversion, model, source, config)
    os.makedirs(options.out, exist_ok=True)
    with torch.no_grad():
        identity = torch.zeros(1, dtype=torch.long, device=options.device)
        canonical = model.canonical_generator.get_canonical_by_id(video_id=identity)
        for number, name in enumerate(sorted(os.listdir(options.frames))):
            frame = _image(os.path.join(options.frames, name), config, options.device)
            pose = model.estimate_pose(frame=frame)
            made = model.render_frame(camera_matrix=pose["camera_matrix"], canonical=canonical)
            _write(os.path.join(options.out, f"{number:06d}.png"), made["radiance"][0])
    return 0


def _loaded(config: dict[str, Any], checkpoint: str) -> Any:
    """The model with its weights. Exits where the file lacks tensors: its own loader would leave them random."""
    import torch

    state = torch.load(checkpoint, map_location="cpu")["state_dict"]
    model = importlib.import_module("model").UVASystem(
        resolution=config["video_resolution"],
        num_channels=config["num_channels"],
        max_videos=state["canonical_generator.embedding.embedding.weight"].shape[0],
        model_params=config["model_params"],
        optimizer_params=config["optimizer_params"],
        loss_params=config["loss_params"],
    )
    lacking = [name for name in model.state_dict() if not name.startswith(_NOT_LOADED) and name not in state]
    if lacking:
        sys.exit(f"expected the tensor {lacking[0]} in {checkpoint} but it is not there")
    model.load_state_dict(state)
    return model


def _train(inversion: Any, model: Any, source: Any, config: dict[str, Any]) -> None:
    """Both stages, with the switches between training and evaluation that its own script has between them."""
    settings = config["inversion_params"]
    inversion.init_model(model=model)
    for stage, only_embedding in (("first", True), ("second", False)):
        inversion.inversion_stage(
            model=model,
            image_batch=source,
            video_id=None,
            only_embedding=only_embedding,
            preserve_geometry_weight=0 if only_embedding else settings["preserve_geometry_weight"],
            lr=settings["lr_" + stage],
            steps=settings["steps_" + stage],
            bs=settings["bs"],
            l1_weight=settings["l1_" + stage],
            sigma_affine=settings["sigma_" + stage],
            use_lr_schedule=settings["use_lr_schedule_" + stage],
            vflip=settings["vflip_" + stage],
        )
        model.eval()
        if only_embedding:
            model.train()


def _image(path: str, config: dict[str, Any], device: str) -> Any:
    """A picture of the model's size, float [1, 3, H, W] in [0, 1]."""
    import numpy as np
    import torch
    from PIL import Image

    pixels = np.asarray(Image.open(path).convert("RGB"))
    if list(pixels.shape[:2]) != list(config["video_resolution"]):
        sys.exit(f"expected a picture of {config['video_resolution']} px in {path} but got {list(pixels.shape[:2])}")
    image = torch.tensor(pixels, dtype=torch.float32, device=device) / 255
    return image.permute(2, 0, 1).unsqueeze(0)


def _write(path: str, image: Any) -> None:
    """A picture float [3, H, W] in [0, 1], as PNG."""
    from PIL import Image

    Image.fromarray(image.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).cpu().numpy()).save(path)


if __name__ == "__main__":
    sys.exit(main())
