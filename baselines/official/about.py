"""What a person must know to get and use an official repository, in words."""

from __future__ import annotations

from collections.abc import Iterator

from baselines.official.adapter import Adapter, Weight


def about(adapter: Adapter, variant: str) -> Iterator[tuple[str, str]]:
    """(what, text): where code and weights are to be had, what they run in, and what their traps are."""
    yield "what", adapter.summary
    yield "variant", adapter.variants[variant].summary
    assert adapter.repository is not None
    folder = adapter.repository.rpartition("/")[2]
    yield "code", f"git clone {adapter.repository} && git -C {folder} checkout {adapter.commit}"
    yield "licence of code", adapter.licence
    yield "licence of weights", adapter.weights_licence or "the code's"
    for place in adapter.weights_from:
        yield "weights from", place
    for weight in adapter.weights.values():
        yield "weights file", _weight(weight)
    environment, run, output = adapter.environment, adapter.run, adapter.output
    assert environment is not None and run is not None and output is not None
    if environment.tried_python is not None:
        yield "tried with", f"Python {environment.tried_python}: {', '.join(environment.requirements)}"
        for shim in environment.shims:
            yield "and the shim", shim
    yield "needs modules", ", ".join(environment.modules)
    if environment.programs:
        yield "needs programs", ", ".join(environment.programs)
    for one in environment.fetches:
        yield "downloads itself", one
    if run.launcher is not None:
        yield "started by", f"baselines/official/launchers/{run.launcher}.py of this package, in its environment"
    yield "a process makes", _process(adapter, variant)
    recorded = output.recorder is not None
    images = "from its images, which are not lossless" if output.images else "from its video"
    yield "frames", "without a codec in between" if recorded or output.file.endswith(".png") else images
    for trap in adapter.traps:
        yield "note", trap
    yield "set up", f"python -m baselines setup {adapter.name} --checkout DIR [--checkpoints DIR] [--python EXE]"


def _weight(weight: Weight) -> str:
    size = "not stated" if weight.bytes is None else f"{weight.bytes} bytes"
    digest = "not stated" if weight.sha256 is None else f"{weight.sha256}{'...' if len(weight.sha256) < 64 else ''}"
    place = "" if weight.address is None else f" from {weight.address}"
    return f"{weight.path} in the {weight.root}{place} (size {size}, sha256 {digest})"


def _process(adapter: Adapter, variant: str) -> str:
    assert adapter.run is not None
    if adapter.variants[variant].joins:
        return "all drivers of one source, as one clip"
    return f"{adapter.run.batch_cases} cases" if adapter.run.unit == "batch" else "one case"
