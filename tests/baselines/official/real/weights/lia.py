"""LIA: its generator, without the discriminator that its file has besides."""

import torch
from given import FILES
from networks.generator import Generator

torch.save({"gen": Generator(256, 512, 20, 1).state_dict()}, FILES["checkpoint"])
