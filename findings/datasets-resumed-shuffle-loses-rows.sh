#!/usr/bin/env bash
# datasets 5.2.0: a shuffled stream of 100 rows is read for 30 rows, its state saved and loaded into a new one. What
# follows has 60 rows: at least 10 of the 100 are never seen (the shuffle buffer is dropped). A second pass of the
# loaded stream has 60 rows again, until set_epoch is called. So training that resumes from such a state skips data.
# Fails when all rows are seen. Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HF_HOME="$work/home" HF_HUB_OFFLINE=1
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datasets==5.2.0 numpy==2.4.0
"$work/venv/bin/python" - <<'PYTHON'
from itertools import islice

from datasets import Dataset


def stream():
    return Dataset.from_dict({"row": list(range(100))}).to_iterable_dataset().shuffle(seed=0, buffer_size=20)


first = stream()
before = {example["row"] for example in islice(first, 30)}
resumed = stream()
resumed.load_state_dict(first.state_dict())
after = [example["row"] for example in resumed]
second_pass = len(list(resumed))
resumed.set_epoch(1)
lost = len(set(range(100)) - before - set(after))
print(f"rest {len(after)}, never seen {lost}, second pass {second_pass}, after set_epoch {len(list(resumed))}")
assert len(after) == second_pass == 60 and lost >= 10, "expected rows to be lost, in later passes too"
print("as stated")
PYTHON
