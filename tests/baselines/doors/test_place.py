"""Importing a class by its place, and the one line that says what was wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from baselines.doors.place import import_class, source_file
from baselines.interface.errors import MethodUnavailable


@pytest.fixture(autouse=True)
def _same_path_after() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def write(folder: Path, text: str, name: str = "mine.py") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return f"{folder / name}:Mine"


def test_a_file_is_imported_once_with_what_lies_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "VALUE = 7\n", "beside_it.py")
    target = write(tmp_path, "from beside_it import VALUE\nclass Mine:\n    value = VALUE\n")
    found = import_class(target)
    assert found.value == 7  # type: ignore[attr-defined]
    assert import_class(target) is found
    assert source_file(found) == tmp_path / "mine.py"
    assert sys.path[-1] == str(tmp_path)  # last: nothing that is installed may be shadowed


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    a, b = (import_class(write(tmp_path / one, f"class Mine:\n    value = {one!r}\n")) for one in ("a", "b"))
    assert (a.value, b.value) == ("a", "b")  # type: ignore[attr-defined]


def test_a_module_is_imported_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "my_avatar_package", "class Mine:\n    pass\n", "net.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_class("my_avatar_package.net:Mine").__name__ == "Mine"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_package_here\n", r"got ModuleNotFoundError in mine\.py:1: No module named"),
        ("\nx = 1 +\n", r"got SyntaxError in mine\.py:2: invalid syntax"),
        ("\n\nraise KeyError('w')\n", r"got KeyError in mine\.py:3: 'w'"),
        ("def f():\n    import json\n    json.loads('')\nf()\n", r"got JSONDecodeError in mine\.py:3"),
        ("raise SystemExit(1)\n", r"got SystemExit in mine\.py:1: 1"),
        ("class Other:\n    pass\n", r"expected a class 'Mine' in .*mine\.py but it has Other$"),
        ("from pathlib import Path\nMine = 3\n", r"but it has none$"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    target = write(tmp_path, text)
    with pytest.raises(MethodUnavailable, match=reason) as raised:
        import_class(target)
    assert "\n" not in str(raised.value)


def test_a_repaired_file_can_be_imported(tmp_path: Path) -> None:
    target = write(tmp_path, "raise KeyError\n")
    with pytest.raises(MethodUnavailable):
        import_class(target)
    write(tmp_path, "class Mine:\n    pass\n# longer\n")
    assert import_class(target).__name__ == "Mine"


def test_an_edited_file_is_imported_again(tmp_path: Path) -> None:
    target = write(tmp_path, "class Mine:\n    value = 1\n")
    assert import_class(target).value == 1  # type: ignore[attr-defined]
    write(tmp_path, "class Mine:\n    value = 2\n")
    assert import_class(target).value == 2  # type: ignore[attr-defined]


def test_an_edited_module_beside_it_is_an_error_in_the_same_process(tmp_path: Path) -> None:
    write(tmp_path, "VALUE = 1\n", "beside_and_edited.py")
    target = write(tmp_path, "import beside_and_edited\nclass Mine:\n    pass\n")
    import_class(target)
    write(tmp_path, "VALUE = 2\n", "beside_and_edited.py")
    with pytest.raises(MethodUnavailable, match=r"beside_and_edited\.py to stay .* start Python again"):
        import_class(target)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module:Mine", "expected a module 'no_such_module' .* put its folder on PYTHONPATH"),
        ("json.nothing:Mine", "there is no 'json.nothing'"),
        ("/no/such/mine.py:Mine", "expected a Python file but there is no /no/such/mine.py"),
        ("json:", "expected module:Class or file.py:Class"),
    ],
)
def test_a_wrong_place_is_one_line(target: str, reason: str) -> None:
    with pytest.raises(MethodUnavailable, match=reason):
        import_class(target)


def test_what_a_module_lacks_is_not_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "import no_such_package_here\n", "module_that_needs_more.py")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MethodUnavailable, match=r"ModuleNotFoundError in module_that_needs_more\.py:1"):
        import_class("module_that_needs_more:Mine")
