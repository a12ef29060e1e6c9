"""Wav2Lip: its network, and an S3FD that sees the same face in the middle of every picture."""

import math

import torch
from face_detection.detection.sfd.net_s3fd import s3fd
from given import FILES, SIDE, calibrated
from models import Wav2Lip

FACE = 0.5  # side of the face, of that of the picture
STRIDE_PX, ANCHOR_PX, VARIANCES = 128, 512, (0.1, 0.2)  # of the detector's coarsest grid


def detector() -> s3fd:
    """Only the first cell of its coarsest grid says "face": the one without a neighbour to its left or above."""
    found = s3fd()
    for name, layer in found.named_children():
        if name.endswith("_conf"):
            torch.nn.init.zeros_(layer.weight)
            layer.bias.data = torch.tensor([10.0] * (layer.out_channels - 1) + [-10.0])
    torch.nn.init.zeros_(found.conv7_2.weight)
    torch.nn.init.ones_(found.conv7_2.bias)
    scores, places = found.conv7_2_mbox_conf, found.conv7_2_mbox_loc
    scores.weight.data[1, :, 1, 0] = scores.weight.data[1, :, 0, 1] = -20 / scores.in_channels
    scores.bias.data = torch.tensor([0.0, 10.0])
    torch.nn.init.zeros_(places.weight)
    centre = (SIDE - STRIDE_PX) / 2 / (VARIANCES[0] * ANCHOR_PX)
    size = math.log(FACE * SIDE / ANCHOR_PX) / VARIANCES[1]
    places.bias.data = torch.tensor([centre, centre, size, size])
    return found


network = calibrated(Wav2Lip(), torch.randn(8, 1, 80, 16), torch.rand(8, 6, 96, 96))
torch.save({"state_dict": network.state_dict()}, FILES["checkpoint"])
torch.save(detector().state_dict(), FILES["detector"])
