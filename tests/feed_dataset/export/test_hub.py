"""Uploads, to a stand-in for the hub: no test reaches the network."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.cli import main
from feed_dataset.export import (
    ExportError,
    export_folder,
    open_repository,
    plan_export,
    upload_export,
    verify_export,
)
from feed_dataset.export.hub import HubError
from feed_dataset.export.record import RECORD, read_record
from tests.feed_dataset.clips import feed_like

NAMES = [f"{subject}/{stem}_C.mp4" for subject in ("ID_1", "ID_10", "ID_12") for stem in ("random", "blinks")]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "feed_cache"))  # where acceptance of licences is remembered
    return feed_like(tmp_path / "FEED", NAMES)


class FakeHub:
    """The calls of HfApi that an upload makes, on dictionaries."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.tags: dict[str, list[str]] = {}
        self.uploads = 0

    def create_repo(self, repo_id: str, *, repo_type: str, private: bool, exist_ok: bool) -> None:
        assert repo_type == "dataset" and exist_ok
        self.private.setdefault(repo_id, private)
        self.files.setdefault(repo_id, {".gitattributes": b""})

    def repo_info(self, repo_id: str, *, repo_type: str) -> Any:
        return SimpleNamespace(private=self.private[repo_id])

    def list_repo_files(self, repo_id: str, *, repo_type: str) -> list[str]:
        return list(self.files[repo_id])

    def hf_hub_download(self, repo_id: str, filename: str, *, repo_type: str, local_dir: str) -> str:
        path = Path(local_dir) / filename
        path.write_bytes(self.files[repo_id][filename])
        return str(path)

    def upload_folder(
        self,
        *,
        repo_id: str,
        repo_type: str,
        folder_path: Path,
        commit_message: str,
        allow_patterns: list[str],
        delete_patterns: list[str],
    ) -> None:
        from huggingface_hub.utils import filter_repo_objects

        there = [path.relative_to(folder_path).as_posix() for path in folder_path.rglob("*") if path.is_file()]
        kept = self.files[repo_id]
        for name in list(filter_repo_objects(list(kept), allow_patterns=delete_patterns)):
            del kept[name]
        for name in filter_repo_objects(there, allow_patterns=allow_patterns):
            kept[name] = (folder_path / name).read_bytes()
        self.uploads += 1

    def create_tag(self, repo_id: str, *, tag: str, repo_type: str, exist_ok: bool) -> None:
        self.tags.setdefault(repo_id, []).append(tag)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub()
    monkeypatch.setattr("feed_dataset.export.hub._api", lambda: fake)
    return fake


def test_upload(root: Path, tmp_path: Path, hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """Private, tagged with the version, and holding exactly the folder; a new version removes what is gone."""
    out = tmp_path / "out"
    command = ["export", "--data", str(root), "--to", "hub", "--repo", "me/feed", "--out", str(out), "--accept-licence"]
    assert main(command) == 0
    assert "me/feed: uploaded as v1.0.0" in capsys.readouterr().out
    assert hub.private == {"me/feed": True} and hub.tags == {"me/feed": ["v1.0.0"]}
    assert {name for name in hub.files["me/feed"] if name.startswith("data/")} == set(verify_export(out).files)
    assert {"README.md", RECORD} < set(hub.files["me/feed"])
    shutil.rmtree(out)  # the next version counts on from the hub's
    assert main([*command, "--subject", "ID_12"]) == 0
    assert hub.tags["me/feed"] == ["v1.0.0", "v2.0.0"]
    assert not [name for name in hub.files["me/feed"] if "ID_1/" in name or "ID_10" in name]


def test_public_only_on_request(root: Path, tmp_path: Path, hub: FakeHub) -> None:
    hub.create_repo("me/open", repo_type="dataset", private=False, exist_ok=True)
    with pytest.raises(HubError, match="everybody can read me/open"):
        open_repository("me/open")
    assert open_repository("me/open", public=True) is None
    hub.files["me/other"] = {"model.safetensors": b""}
    hub.private["me/other"] = True
    with pytest.raises(HubError, match="me/other holds model.safetensors"):
        open_repository("me/other")


def test_only_finished_exports_are_uploaded(root: Path, tmp_path: Path, hub: FakeHub) -> None:
    catalog = open_catalog(root)
    export_folder(plan_export(catalog, catalog.clips, accept_licence=True), tmp_path / "out")
    open_repository("me/feed")
    (tmp_path / "out/data/train/winks/ID_1/blinks_C.mp4").write_bytes(b"damaged since")
    with pytest.raises(ExportError, match="blinks_C.mp4 changed"):
        upload_export(tmp_path / "out", "me/feed")
    assert hub.uploads == 0 and read_record(tmp_path / "out") is not None


def test_the_hub_says_no(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The real client, which is offline in these tests: one line, and nothing was copied yet."""
    command = ["export", "--data", str(root), "--to", "hub", "--out", str(tmp_path / "out"), "--accept-licence"]
    assert main([*command, "--repo", "me/feed"]) == 2
    printed = capsys.readouterr().err
    assert "expected the hub to take me/feed" in printed and len(printed.splitlines()) == 1
    assert main([*command, "--repo", "not//a name"]) == 2
    assert "expected a repository name like user/feed-extreme" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
