"""What the scripts beside this one are given. Each runs in a repository's own environment and writes its weights.

The checkout is on PYTHONPATH: its classes are imported by its own names.
Argument 1 is the checkout, 2 a JSON object with the path of every weights file, 3 the side of source pictures in px.
"""

from __future__ import annotations

import json
import sys

import torch

CHECKOUT, FILES, SIDE = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(0)


def calibrated(network: torch.nn.Module, *inputs: torch.Tensor) -> torch.nn.Module:
    """The network with statistics in its normalisation that fit its random weights: signals pass to its end."""
    norms = [one for one in network.modules() if isinstance(one, torch.nn.modules.batchnorm._BatchNorm)]
    for one in norms:
        one.momentum = None
    with torch.no_grad():
        network.train()(*inputs)
    return network.eval()
