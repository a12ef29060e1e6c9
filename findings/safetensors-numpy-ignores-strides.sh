#!/usr/bin/env bash
# safetensors 0.8.0: safetensors.numpy.save of an array that is not contiguous (a transpose, every other column,
# reversed rows) writes other values without a word; 0.7.0 wrote the right ones. Features and landmarks are often such
# views. So arrays are made contiguous before they are saved. Fails when 0.8.0 keeps the values or 0.7.0 does not.
# Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
for version in 0.7.0 0.8.0; do
    "$work/venv/bin/pip" install --quiet "safetensors==$version" numpy==2.4.0
    "$work/venv/bin/python" - "$version" <<'PYTHON'
import sys

import numpy as np
import safetensors.numpy

version = sys.argv[1]
whole = np.arange(12, dtype=np.float32).reshape(3, 4)
views = {"transpose": whole.T, "every other column": whole[:, ::2], "reversed rows": whole[::-1]}
kept = {
    name: bool(np.array_equal(safetensors.numpy.load(safetensors.numpy.save({"a": view}))["a"], view))
    for name, view in views.items()
}
print(version, kept)
assert all(kept.values()) if version == "0.7.0" else not any(kept.values()), "expected 0.7.0 right and 0.8.0 wrong"
PYTHON
done
echo "as stated"
