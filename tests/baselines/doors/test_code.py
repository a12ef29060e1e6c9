"""The digest of a user's code: what changes it and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from baselines.doors.code import code_digests, code_sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text("import numpy\nimport net\n")
    (tmp_path / "net.py").write_text("def f():\n    from parts.layers import g\n")
    (tmp_path / "other.py").write_text("import mine\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "layers.py").write_text("G = 1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("edited", "counts"), [("mine.py", True), ("net.py", True), ("parts/layers.py", True), ("other.py", False)]
)
def test_what_the_file_imports_from_its_folder_counts(folder: Path, edited: str, counts: bool) -> None:
    before = code_sha256(folder / "mine.py")
    assert code_sha256(folder / "mine.py") == before
    (folder / edited).write_text((folder / edited).read_text() + "# edited\n")
    assert (code_sha256(folder / "mine.py") != before) == counts


def test_a_module_of_a_package_stands_for_the_package(folder: Path) -> None:
    package = folder / "avatar"
    package.mkdir()
    for name, text in (("__init__.py", ""), ("mine.py", "from .net import f\n"), ("net.py", "f = 1\n")):
        (package / name).write_text(text)
    before = code_sha256(package / "mine.py")
    (package / "net.py").write_text("f = 2\n")
    assert code_sha256(package / "mine.py") != before


def test_where_it_lies_does_not_count(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    before = code_sha256(folder / "mine.py")
    folder.rename(elsewhere)
    assert code_sha256(elsewhere / "mine.py") == before


@pytest.mark.parametrize("package", ["benchmark", "model"])
def test_this_projects_packages_do_not_count(folder: Path, package: str) -> None:
    (folder / "mine.py").write_text(f"import {package}\n")
    (folder / f"{package}.py").write_text("f = 1\n")
    assert set(code_digests(folder / "mine.py")) == {folder / "mine.py"}


def test_installed_packages_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "mine.py").write_text("import net\n")
    (folder / "net.py").write_text("f = 1\n")
    before = code_sha256(folder / "mine.py")
    (folder / "net.py").write_text("f = 2\n")
    assert code_sha256(folder / "mine.py") == before
