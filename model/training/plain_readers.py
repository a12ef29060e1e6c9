"""Training of the paper's motion readers on a rendered set: a ResNet for z, another for the head pose."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from model.networks.emoportraits import EMOPortraits
from model.networks.motion import MotionEncoder
from model.training.data import Batch, Readings, TrainingSet, sample_readings
from model.training.latents import PICTURES_PER_DIMENSION
from model.training.losses.rendered import control_loss, landmark_loss, mode_loss, pose_loss, rotation_error_deg
from model.training.waiting import Waiting

W_LANDMARK, W_MODES = 10.0, 4.0


class PlainReaders:
    """What z and the features behind it have to tell linearly: controls, landmarks, modes of the face's motion."""

    def __init__(self, model: EMOPortraits, data: TrainingSet) -> None:
        self.data, self.waiting = data, Waiting()
        self.people = range(data.identities)
        z_dim = model.config.z_dim
        self.heads: dict[str, nn.Module] = {
            "controls": nn.Linear(z_dim, data.controls.shape[-1]),
            "landmarks": nn.Linear(z_dim * model.config.embed_size**2, 68 * 2),
            "modes": nn.Linear(z_dim, data.modes.shape[-1]),
        }
        self.mode_weight = torch.from_numpy(data.mode_weight)

    def losses(self, model: EMOPortraits, rng: np.random.Generator, count: int) -> dict[str, Tensor]:
        """Of `count` random pictures."""
        with self.waiting:
            readings = sample_readings(self.data, rng, count)
        return self.read(model, readings)[0]

    def read(self, model: EMOPortraits, driver: Readings) -> tuple[dict[str, Tensor], Tensor]:
        """Losses of pictures, and their z."""
        pose = model.pose_net(driver.image)
        # Half of the crops use the regressed pose, as at inference; gradients of z do not train the pose net.
        use_truth = (torch.arange(driver.image.shape[0]) % 2 == 0).view(-1, 1)
        mixed = type(pose)(
            torch.where(use_truth, driver.pose.scale, pose.scale.detach()),
            torch.where(use_truth.unsqueeze(-1), driver.pose.rotation, pose.rotation.detach()),
            torch.where(use_truth, driver.pose.translation, pose.translation.detach()),
        )
        assert isinstance(model.motion_encoder, MotionEncoder)
        features = model.motion_encoder.features(driver.image, mixed)
        z = model.motion_encoder.to_z(features)
        heads = self.heads
        losses = {
            "pose": pose_loss(pose, driver.pose),
            "control": control_loss(heads["controls"](z), driver.controls),
            "landmark": W_LANDMARK * landmark_loss(heads["landmarks"](features), driver.landmarks),
            "modes": W_MODES * mode_loss(heads["modes"](z), driver.modes, self.mode_weight),
        }
        losses["total"] = sum(losses.values(), z.new_zeros(()))
        losses["rotation_deg"] = rotation_error_deg(pose, driver.pose).mean().detach()
        return losses, z

    def zs(self, model: EMOPortraits, batch: Batch) -> tuple[Tensor, Tensor]:  # [B, z_dim], [B * M, z_dim]
        """z of sources and drivers."""
        assert batch.driver is not None
        source = model.motion_encoder(batch.source, batch.source_pose)
        return source, model.motion_encoder(batch.driver.image, batch.driver.pose)

    def finish(self, model: EMOPortraits) -> None:
        """Nothing: all of it is trained."""

    def watch(self, model: EMOPortraits) -> dict[str, float]:
        return {}

    def random_z(self, model: EMOPortraits) -> Tensor:  # [T, z_dim]
        """z of random pictures."""
        count = PICTURES_PER_DIMENSION * model.config.z_dim
        readings = sample_readings(self.data, np.random.default_rng(1), count)
        return model.motion_encoder(readings.image, readings.pose)
