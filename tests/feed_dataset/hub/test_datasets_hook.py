"""`datasets.load_dataset("feed")` in a Python that never imported this package, as it is after an installation."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tarfile
import textwrap
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from feed_benchmark_hook import ALWAYS_FEED, wrap
from feed_dataset.core.jobs.errors import LayoutError
from tests.feed_dataset.clips import feed_like

REPOSITORY = Path(__file__).parents[3]
PTH = REPOSITORY / "feed_benchmark_hook.pth"


def _python(executable: Path | str, *arguments: str, cwd: Path, **variables: str) -> str:
    """What a Python prints that has nothing of this checkout on its path; it may print no error."""
    without = ("PYTHONPATH", "FEED_ROOT", "FEED_NO_DATASETS_HOOK")
    environment = {name: value for name, value in os.environ.items() if name not in without}
    environment |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(cwd / "hf"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [executable, *arguments], cwd=cwd, env=environment | variables, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A "wheel", "editable" wheel or "sdist" of this checkout, built as pip does but with what is installed here."""
    pytest.importorskip("hatchling", reason="of the extra dev: builds the distributions")
    out = tmp_path_factory.mktemp("dist")

    @functools.cache
    def build(kind: str) -> Path:
        (out / kind).mkdir()
        code = f"from hatchling import build; print(build.build_{kind}({str(out / kind)!r}))"
        return out / kind / _python(sys.executable, "-c", code, cwd=REPOSITORY).split()[-1]

    return build


@pytest.fixture(scope="module")
def installed(built: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The Python of an environment with this package installed, and the dependencies of this one."""

    @functools.cache
    def install(kind: str) -> Path:
        folder = tmp_path_factory.mktemp(kind)
        venv.create(folder, with_pip=False)
        site = folder / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        (site / "zz_dependencies.pth").write_text("\n".join(path for path in sys.path if "-packages" in path))
        with zipfile.ZipFile(built(kind)) as archive:
            archive.extractall(site)
        return folder / "bin/python"

    return install


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_a_fresh_python_finds_feed(kind: str, installed: Callable[[str], Path], tmp_path: Path) -> None:
    code = """
    import sys, json
    before = [name for name in sys.modules if name.startswith("feed_")]
    import datasets
    mine = [name for name in sys.modules if name.startswith("feed_")]
    builder = datasets.load_dataset_builder("feed", "speech")
    import feed_dataset
    loader = type(datasets.load.__spec__.loader).__name__
    print(json.dumps([before, mine, builder.config.name, feed_dataset.__file__, loader]))
    """
    printed = _python(installed(kind), "-c", textwrap.dedent(code), cwd=tmp_path)
    before, mine, config, file, loader = json.loads(printed.splitlines()[-1])
    assert before == [] and config == "speech"
    assert mine == ["feed_benchmark_hook"], "import datasets pays for nothing else of ours"
    assert Path(file).is_relative_to(REPOSITORY) == (kind == "editable")
    assert loader == "SourceFileLoader", "the hook leaves no trace in the imported module"


def test_the_source_distribution_holds_the_wheel(built: Callable[[str], Path]) -> None:
    with tarfile.open(built("sdist")) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(built("wheel")) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert PTH.name in packed and packed <= inside and "pyproject.toml" in inside


def test_processes_find_feed(installed: Callable[[str], Path], tmp_path: Path) -> None:
    """A spawned pool, workers of `datasets`' own map, and the command of `datasets`; nobody imports us."""
    script = """
    import concurrent.futures, multiprocessing, sys
    import datasets
    from datasets.commands.datasets_cli import main

    def rows(name):
        return datasets.load_dataset("feed", name, split="test").num_rows

    def add(row):
        return {"rows": rows(row["name"])}

    if __name__ == "__main__":
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            print(list(pool.map(rows, ["extreme"])))
        table = datasets.Dataset.from_dict({"name": ["extreme", "extreme"]}).map(add, num_proc=2)
        print(table["rows"][:])
        sys.argv = ["datasets-cli", "test", "feed", "--name", "extreme"]
        main()
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    root = feed_like(tmp_path / "FEED", ["ID_12/random_C.mp4"])
    printed = _python(installed("editable"), "script.py", cwd=tmp_path, FEED_ROOT=str(root))
    assert all(line in printed.splitlines() for line in ("[1]", "[1, 1]", "Test successful.")), printed


def test_a_variable_turns_it_off(installed: Callable[[str], Path], tmp_path: Path) -> None:
    code = "import sys; print([str(finder) for finder in sys.meta_path], sorted(sys.modules))"
    on = _python(installed("editable"), "-c", code, cwd=tmp_path)
    off = _python(installed("editable"), "-c", code, cwd=tmp_path, FEED_NO_DATASETS_HOOK="1")
    assert on.count("FeedFinder") == 1 and "FeedFinder" not in off
    assert on.rpartition("[")[2] == off.rpartition("[")[2], "a start of Python imports no module for it"


FAKE = "def dataset_module_factory(path): return 'theirs'"
BROKEN = {
    "hook removed": (None, FAKE),
    "hook damaged": ("def (", FAKE),
    "package removed": ((REPOSITORY / "feed_benchmark_hook.py").read_text(), FAKE),
    "another datasets": ((REPOSITORY / "feed_benchmark_hook.py").read_text(), ""),
}


@pytest.mark.parametrize(("hook", "load"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_installation_breaks_nothing(hook: str | None, load: str, tmp_path: Path) -> None:
    """Neither a start of Python nor `datasets`, which is a small one here."""
    (tmp_path / PTH.name).write_text(PTH.read_text())
    if hook is not None:
        (tmp_path / "feed_benchmark_hook.py").write_text(hook)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets/__init__.py").write_text("from datasets import load")
    (tmp_path / "datasets/load.py").write_text(load)
    code = f"""
    import importlib, site, sys
    site.addsitedir({str(tmp_path)!r})
    site.addsitedir({str(tmp_path)!r})
    import datasets
    importlib.reload(datasets.load)
    print(getattr(datasets.load, "dataset_module_factory", lambda path: "none")("user/feed"))
    """
    said = _python(sys.executable, "-I", "-S", "-c", textwrap.dedent(code), cwd=tmp_path)
    assert said.strip() == ("theirs" if load else "none")


def test_errors_of_datasets_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets/__init__.py").touch()
    (tmp_path / "datasets/load.py").write_text("import nowhere")
    code = f"""
    import site, sys
    site.addsitedir({str(REPOSITORY)!r})
    sys.path.insert(0, {str(tmp_path)!r})
    try:
        import datasets.load
    except ModuleNotFoundError as error:
        print(error.name, "datasets.load" in sys.modules)
    """
    assert _python(sys.executable, "-I", "-S", "-c", textwrap.dedent(code), cwd=tmp_path) == "nowhere False\n"


def test_other_names_go_to_datasets(tmp_path: Path) -> None:
    load = ModuleType("load")
    vars(load)["dataset_module_factory"] = lambda path, revision=None: (path, revision)
    wrap(load)
    wrapped = load.dataset_module_factory
    wrap(load)
    assert load.dataset_module_factory is wrapped
    for path in ("csv", "user/feed", "FEED", "hf://datasets/feed", "./feed"):
        assert wrapped(path, revision="v1") == (path, "v1")
    with pytest.raises(LayoutError, match="empty directory"):
        wrapped(ALWAYS_FEED, data_dir=str(tmp_path))
