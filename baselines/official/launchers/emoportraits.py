"""Drives the authors' EMOPortraits class with many cases, weights loaded once, frames written without loss.

The repository has a class for notebooks and no command line. This script makes it, shows it each source with the
source's first driver frame, and the other frames alone, for which the class keeps the source. Runs in the repository's
environment, with the checkout and its folder `notebooks` on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any

_MATTING = "repos/MODNet/pretrained/modnet_photographic_portrait_matting.ckpt"
_HEAD_POSE = "repos/head_pose_regressor.pth"


def main() -> int:
    """Write OUT/%06d.png for every line "SOURCE FRAMES OUT" of the list of cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", required=True, help="the checkout, into which the weights were unpacked")
    parser.add_argument("--experiment", required=True, help="a folder of its logs")
    parser.add_argument("--cases", required=True, help="a text file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-mix", action="store_true", help="the driver's head pose as it is, its scale included")
    options = parser.parse_args()
    sys.argv = sys.argv[:1]  # the repository reads its settings with a parser that would see these options

    import torch

    torch.manual_seed(options.seed)
    wrapper = _wrapper(options.project, options.experiment)
    with open(options.cases) as stream:
        cases = [line.split() for line in stream if line.strip()]
    for source, frames, out in cases:
        _case(wrapper, source, frames, out, mix=not options.no_mix)
    return 0


def _wrapper(project: str, experiment: str) -> Any:
    """The class with its weights. Exits unless there is one file of weights, with every tensor of the model."""
    base = importlib.import_module("infer").InferenceWrapper

    class Wrapper(base):  # type: ignore[misc, valid-type]
        """The same, but its matting network comes from the project: the class names a folder of its authors."""

        modnet_pass = property(lambda self: os.path.join(project, _MATTING), lambda self, value: None)

    folder = os.path.join(project, "logs", experiment, "checkpoints")
    found = sorted(name for name in os.listdir(folder) if name.endswith("_model.pth"))
    if len(found) != 1:
        sys.exit(f"expected one file *_model.pth in {folder} but got {len(found)}: {', '.join(found)}")
    wrapper = Wrapper(
        experiment_name=experiment,
        model_file_name=found[0],
        project_dir=project,
        folder="logs",
        args_overwrite={
            "head_pose_regressor_path": os.path.join(project, _HEAD_POSE),
            "model_checkpoint": found[0],  # without one it would keep random weights and say nothing
        },
        print_params=False,
    )
    lacking = [name for name, _ in wrapper.model.named_parameters() if name not in wrapper.model_dict]
    if lacking:
        sys.exit(f"expected the tensor {lacking[0]} in {found[0]} but it is not there: it would stay random")
    return wrapper


def _case(wrapper: Any, source: str, frames: str, out: str, *, mix: bool) -> None:
    """All frames of one case."""
    from PIL import Image

    os.makedirs(out, exist_ok=True)
    seen: Any = Image.open(source).convert("RGB")
    for number, name in enumerate(sorted(os.listdir(frames))):
        frame = Image.open(os.path.join(frames, name)).convert("RGB")
        made, _ = wrapper.forward(source_image=seen, driver_image=frame, crop=False, mix=mix, mix_old=False)
        made[0].save(os.path.join(out, f"{number:06d}.png"))
        seen = None


if __name__ == "__main__":
    sys.exit(main())
