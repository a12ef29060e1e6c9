"""Stands in for the class of EMOPortraits' notebooks: the same names and arguments, its traps, no networks."""

import argparse
import os
import pathlib

import numpy as np
import torch
from EmoPortraits import networks  # the parent of a folder of this very name must be found
from PIL import Image
from torch import nn

with open(os.environ["STAND_IN_LOG"], "a") as stream:
    stream.write(f"{os.getpid()}\n")


class InferenceWrapper(nn.Module):
    def __init__(
        self,
        experiment_name,
        which_epoch="latest",
        model_file_name="",
        use_gpu=True,
        num_gpus=1,
        fixed_bounding_box=False,
        project_dir="./",
        folder="mp_logs",
        model_="va",
        torch_home="",
        debug=False,
        print_model=False,
        print_params=True,
        args_overwrite={},  # noqa: B006
        state_dict=None,
        pose_momentum=0.5,
        rank=0,
        args_path=None,
    ):
        super().__init__()
        self.modnet_pass = "/fsx/somebody/modnet_photographic_portrait_matting.ckpt"
        parser = argparse.ArgumentParser()
        for line in (pathlib.Path(project_dir) / folder / experiment_name / "args.txt").read_text().splitlines():
            name, value = line.split(": ", 1)
            parser.add_argument("--" + name, default=value)
        options, _ = parser.parse_known_args()  # of whoever started it
        self.args = argparse.Namespace(**{**vars(options), **args_overwrite})
        assert self.args.project == "va" and pathlib.Path(self.args.head_pose_regressor_path).is_file()
        self.model = nn.Linear(2, 1)
        if self.args.model_checkpoint:
            file = pathlib.Path(project_dir) / folder / experiment_name / "checkpoints" / model_file_name
            self.model_dict = torch.load(file, map_location="cpu")
            self.model.load_state_dict(self.model_dict, strict=False)
        assert pathlib.Path(self.modnet_pass).is_file() and networks
        self.source = None

    def forward(
        self,
        source_image=None,
        driver_image=None,
        source_mask=None,
        source_mask_add=0,
        driver_mask=None,
        crop=True,
        reset_tracking=False,
        smooth_pose=False,
        hard_normalize=False,
        soft_normalize=False,
        delta_yaw=None,
        delta_pitch=None,
        cloth=False,
        thetas_pass="",
        theta_n=0,
        target_theta=True,
        mix=False,
        mix_old=True,
        c_source_latent_volume=None,
        c_target_latent_volume=None,
        custome_target_pose_embed=None,
        custome_target_theta_embed=None,
        no_grad_infer=True,
        modnet_mask=False,
    ):
        if crop:
            raise NameError("name 'mp_face_detection' is not defined")
        assert not mix_old
        if source_image is not None:
            self.source = np.asarray(source_image.resize((512, 512)), np.float32)
        driver = np.asarray(driver_image.resize((512, 512)), np.float32)
        made = np.clip(self.source + (0.3 if mix else 0.2) * (driver - 128), 0, 255).astype(np.uint8)
        return [Image.fromarray(made)], torch.from_numpy(made)
