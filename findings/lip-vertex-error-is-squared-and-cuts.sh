#!/usr/bin/env bash
# torchmetrics 1.9.0: LipVertexError is a squared distance (0.1 off gives 0.01), takes the worst vertex only (one of
# three off counts like all three), and compares as many frames as the shorter clip has, so that frames too many cost
# nothing. So its values cannot stand beside landmark errors in pixels or mouth widths, and lengths must be compared
# beforehand. Fails when any of this is no longer so. Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 torchmetrics==1.9.0 numpy==2.4.0
"$work/venv/bin/python" - <<'PYTHON'
import torch
from torchmetrics.multimodal import LipVertexError


def error(predicted, target):
    return round(float(LipVertexError(mouth_map=[0, 1, 2])(predicted, target)), 6)


target = torch.zeros(8, 5, 3)
all_off, one_off, longer = target.clone(), target.clone(), torch.zeros(10, 5, 3)
all_off[:, :3, 0] = one_off[:, 0, 0] = 0.1
longer[8:] = 5.0
found = {
    "all off by 0.1": error(all_off, target),
    "one off by 0.1": error(one_off, target),
    "10 frames": error(longer, target),
}
print(found)
assert found == {"all off by 0.1": 0.01, "one off by 0.1": 0.01, "10 frames": 0.0}, "expected other values by now"
print("as stated")
PYTHON
