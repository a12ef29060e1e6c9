#!/usr/bin/env bash
# torch 2.13.0 on a CPU: under autocast to bfloat16 the weight gradient of a 3x3x3 convolution of a volume of 2 x 4 x 4
# has places that nothing wrote: what the memory held before. Here it held 1e33, as freed tensors; in float32, and for
# larger volumes, the gradient is right. Losses stay finite, so that only the weights show it.
# Fails when no gradient has such places. Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.0
"$work/venv/bin/python" - <<'PYTHON'
import torch
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_num_threads(1)


def wild(size, autocast):
    """Of 60 gradients, those with values that no sum of these products can have."""
    count = 0
    for _ in range(60):
        freed = [torch.full((n,), 1e33) for n in (64, 512, 4096, 20000, 6912)]
        del freed
        volume = torch.randn(1, 8, *size)
        weight = torch.randn(16, 8, 3, 3, 3, requires_grad=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            out = F.conv3d(volume, weight, padding=1)
        out.float().square().mean().backward()
        count += not weight.grad.abs().max() < 1e6
    return count


small, large, exact = wild((2, 4, 4), True), wild((4, 8, 8), True), wild((2, 4, 4), False)
print(f"wild gradients of 60: small volume {small}, larger volume {large}, small volume in float32 {exact}")
assert small and not large and not exact, "expected wild gradients of the small volume in bfloat16 alone"
print("as stated")
PYTHON
