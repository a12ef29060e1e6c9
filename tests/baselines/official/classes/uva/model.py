"""Stands in for UVA's model: the same names and arguments, a picture that moves as the driver does."""

from types import SimpleNamespace

import torch
from modules.canonical_generator import CanonicalGenerator


class UVASystem(torch.nn.Module):
    def __init__(
        self, max_videos, num_channels, resolution, model_params=None, optimizer_params=None, loss_params=None
    ):
        super().__init__()
        assert loss_params is not None and num_channels == 3
        self.resolution = resolution
        embedding = torch.nn.Embedding(max_videos, 4)
        self.canonical_generator = CanonicalGenerator(SimpleNamespace(embedding=embedding), self)
        self.points3d = torch.nn.Parameter(torch.zeros(2))
        self.stages = []
        self.source = None

    def load_state_dict(self, state_dict):
        own = self.state_dict()
        for name, value in state_dict.items():
            own[name].copy_(value)  # what the file lacks stays random

    def estimate_pose(self, frame):
        assert frame.shape == (1, 3, *self.resolution)
        return {"camera_matrix": frame}

    def render_frame(self, camera_matrix, canonical, bg_camera_matrix=None, compute_normals=False):
        assert not self.training, "UVASystem is not attached to a trainer"
        assert self.stages == [True, False], "trained on the source first"
        return {"radiance": canonical + 0.3 * (camera_matrix - 0.5)}
