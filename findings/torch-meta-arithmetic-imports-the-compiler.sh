#!/usr/bin/env bash
# PyTorch 2.13.0: multiplying a tensor on the device "meta" by a number imports torch._dynamo, and with it sympy; making
# one there does not, nor does the same product on the CPU. So a model that is built without numbers to check its shapes,
# and that scales its random weights in its constructor, costs every process the import of the compiler: seconds.
# Fails when either half is no longer so. Linux, Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PYTHON'
import sys
import time

import torch


def compiler() -> bool:
    return "torch._dynamo" in sys.modules


torch.randn(3, 3) * 2.0
assert not compiler(), "expected no compiler for a product on the CPU"
with torch.device("meta"):
    made = torch.randn(3, 3)
    assert not compiler(), "expected no compiler for a tensor without numbers"
    started = time.process_time()
    made * 2.0
    spent_s = time.process_time() - started
assert compiler() and "sympy" in sys.modules, "expected the compiler to be imported by the product"
print(f"torch {torch.__version__}: the first product took {spent_s:.2f} s of the processor")
print("as stated")
PYTHON
