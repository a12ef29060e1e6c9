"""Join motion readers and a generator that were trained apart, on two processors at once.

    python -m scripts.join_trained --readers A/export --generator B/export --data training-set --out joined

The two phases of a model with face points share no trained weight, so each may be the run of one phase alone
(`--steps 1`, `--reader-steps 0`). What is in closed form (modes, noise, the map to z) is computed again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.data import TrainingSet
from model.training.joining import join


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=Path, required=True)
    parser.add_argument("--generator", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the set that both were trained on")
    parser.add_argument("--licence", help="of the weights, for their card")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    try:
        readers, generator = (EMOPortraits.from_pretrained(folder) for folder in (args.readers, args.generator))
        joined = join(readers, generator, TrainingSet.load(args.data))
        if args.licence:
            joined.provenance["licence"] = args.licence
        joined.half().save_pretrained(args.out)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
