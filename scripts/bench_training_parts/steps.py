"""Generator steps of a training on a rendered set, one for each line of standard input; prints CPU seconds of each.

    python scripts/bench_training_parts/steps.py SET '{"preset": "emoportraits-mini", "sizes": {}, "batch": {}}'

Run by its path: PYTHONPATH says whose `model` is trained, so nothing else of this repository is imported.
"""

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch

from model.networks.config import PRESETS
from model.training.data import TrainingSet
from model.training.rendered import RenderedConfig, RenderedRecipe


def main(folder: str, described: str) -> None:
    torch.set_num_threads(1)
    wanted = json.loads(described)
    sizes: Any = {name: tuple(size) if isinstance(size, list) else size for name, size in wanted["sizes"].items()}
    PRESETS["timed"] = dataclasses.replace(PRESETS[wanted["preset"]], **sizes)
    config = RenderedConfig(preset="timed", reader_steps=0, warp_steps=0, steps=1 << 20, **wanted["batch"])
    recipe = RenderedRecipe(config, TrainingSet.load(Path(folder), group_size=2))
    print("ready", flush=True)
    for step, _ in enumerate(sys.stdin):
        begun = time.process_time()
        losses = recipe.update(step)
        taken_s = time.process_time() - begun
        print(json.dumps({"s": taken_s, "terms": sorted(losses)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
