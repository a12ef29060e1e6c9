"""`info`: sizes and parameters of a preset or of a model folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model.networks.config import PRESETS


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("info", help="sizes and parameters of a preset or a model folder")
    parser.add_argument("model", metavar="MODEL", help=f"a folder, or one of {', '.join(sorted(PRESETS))}")
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    from model.networks.config import preset

    folder = Path(args.model)
    provenance: dict[str, Any] = {}
    if folder.is_dir():
        from model.networks.checkpoint import CONFIG_FILE, read_settings

        config, provenance = read_settings(folder / CONFIG_FILE)
    else:
        config = preset(args.model)
    import torch

    from model.networks.emoportraits import EMOPortraits

    with torch.device("meta"):
        counts = EMOPortraits(config).parameter_counts()
    for network, count in counts.items():
        print(f"{network:18} {count:>12,}")
    print(f"{'total':18} {sum(counts.values()):>12,}")
    print(
        f"{config.image_size_px} px, z {config.z_dim}, canonical volume {config.volume_channels} x"
        f" {config.volume_depth} x {config.volume_size} x {config.volume_size}"
    )
    for name in ("licence", "source", "source_sha256", "data"):
        if name in provenance:
            print(f"{name}: {provenance[name]}")
    return 0
