#!/usr/bin/env bash
# Which files of a folder count for FID, by default: pytorch-fid 0.3.0 nine lower-case extensions in the folder itself;
# clean-fid 0.1.35 those, .npy, .JPEG, .JPG and .PNG, with subfolders; torch-fidelity 0.4.0 only png, jpg and jpeg, upper
# case too, in the folder itself. So a folder with .webp, .PNG or subfolders gives three sets of images, and no package
# names what it left out. Fails when the lists or the ways to search change. Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
# What these packages depend on is not needed to read their lists.
"$work/venv/bin/pip" install --quiet --no-deps pytorch-fid==0.3.0 clean-fid==0.1.35 torch-fidelity==0.4.0
"$work/venv/bin/python" - "$work"/venv/lib/python3*/site-packages <<'PYTHON'
import ast
import sys
from pathlib import Path

root = Path(sys.argv[1])
NINE = {"bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp"}


def constant(path: str, name: str):
    for node in ast.walk(ast.parse((root / path).read_text())):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise SystemExit(f"expected {name} in {path}")


defaults = constant("torch_fidelity/defaults.py", "DEFAULTS")
found = {
    "pytorch-fid": constant("pytorch_fid/fid_score.py", "IMAGE_EXTENSIONS"),
    "clean-fid": constant("cleanfid/utils.py", "EXTENSIONS"),
    "torch-fidelity": set(defaults["samples_find_ext"].split(",")),
}
print({name: sorted(extensions) for name, extensions in found.items()})
expected = {
    "pytorch-fid": NINE,
    "clean-fid": {*NINE, "npy", "JPEG", "JPG", "PNG"},
    "torch-fidelity": {"png", "jpg", "jpeg"},
}
assert found == expected, "expected other extensions"
assert defaults["samples_find_deep"] is False, "expected torch-fidelity to leave out subfolders"
assert "recursive=True" in (root / "cleanfid/fid.py").read_text(), "expected clean-fid to search subfolders"
pytorch_fid, fidelity = ((root / path).read_text() for path in ("pytorch_fid/fid_score.py", "torch_fidelity/utils.py"))
assert "path.glob('*.{}'" in pytorch_fid, "expected pytorch-fid to search one folder"
assert ".lower()" in fidelity.split("def glob_samples_paths")[1].split("\ndef ")[0], "expected any case"
print("as stated")
PYTHON
