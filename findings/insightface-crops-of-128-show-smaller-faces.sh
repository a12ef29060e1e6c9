#!/usr/bin/env bash
# insightface 2.1, utils.face_align.estimate_norm: the face in a crop of 128, 256 or 512 px is 0.875 the size that it
# has in 112, 224 or 448 px (eyes .275 against .315 of the width apart). Other sizes are an AssertionError without
# words. Left and right points swapped give a crop without complaint, whose points are then 22 px of 112 off the
# template. So identity embeddings of a "256 px ArcFace crop" are not those of the 112 px one enlarged. Fails when
# this changes. Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# Only this module is run; the rest of the package needs a compiler and a runtime.
"$work/venv/bin/pip" install --quiet --no-deps insightface==2.1
"$work/venv/bin/pip" install --quiet opencv-python-headless==4.13.0.92 scikit-image==0.26.0 numpy==2.4.0
"$work/venv/bin/python" -W ignore - "$work"/venv/lib/python3*/site-packages/insightface/utils/face_align.py <<'PYTHON'
import importlib.util
import sys

import numpy as np

spec = importlib.util.spec_from_file_location("face_align", sys.argv[1])
face_align = importlib.util.module_from_spec(spec)
spec.loader.exec_module(face_align)
face = face_align.arcface_dst * 2 + np.array([40, 60])


def placed(points, size):
    matrix = face_align.estimate_norm(points, size)
    return points @ matrix[:, :2].T + matrix[:, 2]


def eyes_apart(size):
    points = placed(face, size)
    return round(float(np.linalg.norm(points[1] - points[0])) / size, 3)


found = {size: eyes_apart(size) for size in (112, 224, 448, 128, 256, 512)}
swapped = float(np.abs(placed(face[[1, 0, 2, 4, 3]], 112) - face_align.arcface_dst).max())
print(found, f"swapped points: {swapped:.0f} px off")
assert list(found.values()) == [0.315] * 3 + [0.275] * 3, "expected two sizes of face"
assert swapped > 20, "expected swapped points to be taken"
try:
    face_align.estimate_norm(face, 192)
except AssertionError as error:
    assert not str(error), "expected no words"
else:
    raise SystemExit("expected 192 px to be refused")
print("as stated")
PYTHON
