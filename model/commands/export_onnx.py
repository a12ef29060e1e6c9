"""`export-onnx`: what runs for every frame, as an ONNX graph."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model.networks.errors import ModelError

_EPILOG = """\
Models that read face points, as the shipped one does, are refused: ONNX has no operator that solves linear equations.

The graph takes any number of driver frames and an encoded source, and gives pictures, z and head poses. Encode the
source in Python (model.encode_source, once per person) and pass model.networks.onnx_export.identity_inputs of it.
Volumes are sampled by GridSample over 5 dimensions: opset 20, which onnxruntime runs on CPU from 1.17; not every GPU
provider does.

examples:
  pip install 'feed-benchmark[onnx]'
  python -m model export-onnx --model official --out frame.onnx
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "export-onnx",
        help="what runs for every frame, as an ONNX graph",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", required=True, metavar="DIR|ID", help="folder or hub id")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.onnx")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    if args.out.suffix != ".onnx":
        raise ModelError(f"expected --out to end in .onnx but got {args.out}")
    from feed_dataset.core.jobs.writable import writable_file
    from model.networks.emoportraits import EMOPortraits
    from model.networks.onnx_export import OPSET, export_onnx

    writable_file(args.out, "--out")
    inputs = export_onnx(EMOPortraits.from_pretrained(args.model), args.out)
    print(f"{args.out}: opset {OPSET}; inputs {', '.join(inputs)}; outputs pictures, z, theta")
    return 0
