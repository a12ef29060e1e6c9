#!/usr/bin/env bash
# One pair of pictures (a smooth gradient, noise of 10 levels), three packages, each with data_range=255 and otherwise
# its defaults: scikit-image 0.26.0 (uniform window of 7) 0.4056, pytorch-msssim 1.0.0 0.4056, torchmetrics 1.9.0
# 0.4091 (it also counts the border). pytorch-msssim assumes a range of 255: pictures in [0, 1] without the argument
# give 0.99997. So SSIM without the package's name is known to two digits at best. Fails when any of this changes.
# Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 torchmetrics==1.9.0 scikit-image==0.26.0 pytorch-msssim==1.0.0 \
    numpy==2.4.0
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import torch
from pytorch_msssim import ssim
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import structural_similarity_index_measure

y, x = np.mgrid[0:256, 0:256] / 255
clean = np.stack([x, y, (x + y) / 2], axis=-1) * 255
noisy = (clean + np.random.default_rng(0).normal(0, 10, clean.shape)).clip(0, 255).round().astype(np.uint8)
clean = clean.round().astype(np.uint8)
one, other = (torch.from_numpy(image).permute(2, 0, 1)[None].double() for image in (clean, noisy))
found = {
    "scikit-image": structural_similarity(clean, noisy, channel_axis=2, data_range=255),
    "pytorch-msssim": float(ssim(one, other, data_range=255)),
    "torchmetrics": float(structural_similarity_index_measure(other, one, data_range=255.0)),
    "pytorch-msssim, [0, 1] by default": float(ssim(one / 255, other / 255)),
}
print({name: round(value, 5) for name, value in found.items()})
for (name, value), expected in zip(found.items(), (0.40558, 0.40564, 0.40914, 0.99997), strict=True):
    assert abs(value - expected) < 2e-4, f"{name}: expected {expected} but got {value}"
print("as stated")
PYTHON
