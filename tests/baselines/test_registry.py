"""Which method a text means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import baselines
from baselines.interface.errors import MethodConflict, MethodUnavailable, UnknownMethod
from baselines.outside.command import CommandMethod
from baselines.registry import BESIDE, BOUNDS, check_distinct, outside_names

CLASS = """\
from baselines import Capabilities, Method

class Mine(Method):
    name = {name!r}
    capabilities = Capabilities(drives={{"image"}}, licence="MIT")
    def prepare(self, source):
        return source
    def drive(self, prepared, driver):
        return driver.frames
"""


def install(folder: Path, package: str, entries: str) -> None:
    """What pip leaves of a package: its metadata."""
    metadata = folder / f"{package}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[feed_benchmark.methods]\n{entries}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_avatar_of_registry.py").write_text(CLASS.format(name="mine"))
    return tmp_path


def test_names_are_sorted_and_what_is_shown_beside_is_among_them() -> None:
    assert list(baselines.names()) == sorted(baselines.names())
    assert set(BOUNDS) < set(BESIDE) < set(baselines.names())
    assert "keypoint-warp" not in BOUNDS
    assert "emoportraits" in baselines.names()


@pytest.mark.parametrize("name", BESIDE)
def test_load_gives_the_method_of_that_name(name: str) -> None:
    method = baselines.load(name)
    assert method.name == name
    assert method.weights_sha256 is None
    assert baselines.entry(name).summary


@pytest.mark.parametrize("name", baselines.names())
def test_a_name_and_its_place_are_one_method(name: str) -> None:
    spec = baselines.resolve(name)
    assert spec == baselines.resolve(baselines.entry(name).target)
    assert spec.load().name == spec.name  # type: ignore[union-attr]


def test_unknown_method_names_the_nearest_and_the_other_forms() -> None:
    with pytest.raises(UnknownMethod, match=r"or module:Class, file\.py:Class, frames:DIR, .*mean 'copy-source'"):
        baselines.resolve("copy-sorce")
    with pytest.raises(UnknownMethod, match="did you mean 'copy-source'"):
        baselines.load("copy-sorce")
    with pytest.raises(MethodUnavailable, match=r"there is no mine\.py"):
        baselines.resolve("mine.py")


def test_a_file_a_module_and_frames_are_methods(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site)
    of_file = baselines.resolve("./my_avatar_of_registry.py:Mine")
    of_module = baselines.resolve("my_avatar_of_registry:Mine")
    assert of_file.target == f"{site / 'my_avatar_of_registry.py'}:Mine"  # a worker may stand elsewhere
    assert of_file.name == of_module.name == "mine"
    assert of_file.code_sha256 == of_module.code_sha256 is not None
    assert baselines.load("./my_avatar_of_registry.py:Mine").name == "mine"
    assert baselines.resolve("my_avatar_of_registry.py") == of_file
    (site / "two.py").write_text(CLASS.format(name="a") + CLASS.format(name="b").replace("class Mine", "class Other"))
    with pytest.raises(MethodUnavailable, match=r"one method in two\.py but got Mine, Other; write two\.py:Class"):
        baselines.resolve("two.py")
    (site / "made").mkdir()
    assert baselines.resolve("frames:made=mine").target == str(site / "made")
    with pytest.raises(MethodUnavailable, match="expected a method that is a class"):
        baselines.load("frames:made")


def test_an_entry_point_is_found_by_its_name(site: Path) -> None:
    install(site, "my-avatar", "my-entry = my_avatar_of_registry:Mine [gpu]")
    assert "my-entry" in outside_names()
    spec = baselines.resolve("my-entry")
    assert (spec.name, spec.target) == ("mine", "my_avatar_of_registry:Mine")
    with pytest.raises(UnknownMethod, match="did you mean 'my-entry'"):
        baselines.resolve("my-entri")


def test_an_entry_point_with_the_name_of_ours_is_an_error_that_names_both(site: Path) -> None:
    install(site, "my-avatar", "copy-source = my_avatar_of_registry:Mine")
    with pytest.raises(MethodConflict) as raised:
        baselines.resolve("copy-source")
    assert "baselines.bounds.copy_source:CopySource" in str(raised.value)
    assert "my_avatar_of_registry:Mine of the package my-avatar" in str(raised.value)
    assert baselines.resolve("baselines.bounds.copy_source:CopySource").name == "copy-source"
    assert baselines.resolve("copy-driver").name == "copy-driver"


def test_two_packages_with_one_name_are_an_error_that_names_both(site: Path) -> None:
    install(site, "a-avatar", "theirs = a_avatar:Mine")
    install(site, "b-avatar", "theirs = b_avatar:Mine")
    with pytest.raises(MethodConflict, match=r"a_avatar:Mine of the package a-avatar|b_avatar:Mine of the package b"):
        baselines.resolve("theirs")


def test_a_class_may_not_take_the_name_of_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(CLASS.format(name="emoportraits"))
    with pytest.raises(MethodConflict, match=r"'emoportraits' is baselines\.reference\.emoportraits:EmoPortraits"):
        baselines.resolve(f"{tmp_path / 'mine.py'}:Mine")
    (tmp_path / "made").mkdir()
    with pytest.raises(MethodConflict, match="give it another name"):
        baselines.resolve(f"frames:{tmp_path / 'made'}=copy-source")


def test_methods_of_one_run_have_different_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    a, b = (baselines.resolve(f"frames:{tmp_path / one}=mine") for one in ("a", "b"))
    check_distinct([a, a, baselines.resolve("copy-source")])
    with pytest.raises(MethodConflict, match="are both 'mine'"):
        check_distinct([a, b])


def test_an_edited_file_is_another_method(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(CLASS.format(name="mine"))
    before = baselines.resolve(f"{file}:Mine")
    file.write_text(CLASS.format(name="mine") + "# edited\n")
    assert baselines.resolve(f"{file}:Mine").code_sha256 != before.code_sha256


def test_only_our_models_take_other_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    assert baselines.resolve("emoportraits", model="weights").options == {"model": str(tmp_path / "weights")}
    assert baselines.resolve("emoportraits", model="owner/name").options == {"model": "owner/name"}
    assert baselines.resolve("copy-source", model=None) == baselines.resolve("copy-source")
    with pytest.raises(MethodUnavailable, match="no option 'model' for copy-source.*megaportraits has it"):
        baselines.resolve("copy-source", model="weights")
    with pytest.raises(MethodUnavailable, match="no option 'speed' for emoportraits"):
        baselines.resolve("emoportraits", speed="2")


def test_public_names_are_lazy_and_there() -> None:
    assert {getattr(baselines, name).__name__ for name in baselines.__all__ if name[0].isupper()} == {
        "Capabilities", "Chunk", "CommandMethod", "Driver", "FrameRule", "Generated", "Method",
    }  # fmt: skip
    assert baselines.CommandMethod is CommandMethod
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        baselines.Nothing  # noqa: B018


def test_listing_imports_nothing_heavy() -> None:
    code = "import sys, baselines; baselines.names(); print({'torch', 'numpy', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_nothing_before_load_imports_pytorch() -> None:
    code = (
        "import sys, baselines; method = baselines.resolve('emoportraits').load();"
        " assert len(method.weights_sha256) == 64 and method.capabilities.size_px; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
