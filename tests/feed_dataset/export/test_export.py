from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import feed_dataset
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.cli import main
from feed_dataset.export import (
    ExportError,
    ExportReport,
    export_folder,
    folder,
    plan_export,
    verify_export,
)
from feed_dataset.export.licence import LicenceNotAccepted, licence_of
from feed_dataset.export.record import RECORD, next_version
from feed_dataset.hub.torchcodec_check import torchcodec_decodes
from feed_dataset.layout.configs import config_named
from tests.feed_dataset.clips import feed_like

NAMES = [
    f"{subject}/{stem}_{camera}.mp4"
    for subject in ("ID_1", "ID_10", "ID_12")
    for stem in ("random", "blinks")
    for camera in "CL"
]


@pytest.fixture(autouse=True)
def feed_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Acceptance of licences is remembered there."""
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "feed_cache"))
    return tmp_path / "feed_cache"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return feed_like(tmp_path / "FEED", NAMES)


def _export(root: Path, out: Path, **selection: Any) -> ExportReport:
    catalog = open_catalog(root)
    return export_folder(plan_export(catalog, catalog.select(**selection), accept_licence=True), out)


def _videos(out: Path) -> set[str]:
    return {path.relative_to(out / "data").as_posix() for path in out.rglob("*.mp4")}


def test_datasets_loads_it_without_this_package(root: Path, tmp_path: Path) -> None:
    """Named configs, splits and streaming, in a process that imports neither feed_dataset nor torchcodec."""
    out = tmp_path / "out"
    (root / "ID_1/eyes_C.mp4").write_bytes((root / NAMES[0]).read_bytes())
    _export(root, out)
    code = f"""
        import json, sys
        import datasets
        datasets.config.TORCHCODEC_AVAILABLE = False
        from datasets import Video, get_dataset_config_names, load_dataset
        path = {str(out)!r}
        counts = {{}}
        for name in get_dataset_config_names(path):
            counts[name] = {{split: rows["clip_id"][:] for split, rows in load_dataset(path, name).items()}}
        default = load_dataset(path, split="test")
        row = default.cast_column("video", Video(decode=False))[0]
        stream = load_dataset(path, "paper", split="test", streaming=True).cast_column("video", Video(decode=False))
        stream = [row["clip_id"] for row in stream]
        print(json.dumps([counts, row, stream, str(default.info.version), [*sys.modules]]))
    """
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    counts, row, stream, version, modules = json.loads(done.stdout.splitlines()[-1])
    assert list(counts) == ["all", "winks", "eyes", "extreme", "paper"]
    assert counts["all"]["validation"] == [f"ID_10/{stem}_{camera}" for stem in ("blinks", "random") for camera in "CL"]
    assert counts["eyes"] == {"train": ["ID_1/eyes_C"]}
    assert counts["paper"]["train"] == [f"ID_1/{stem}_{camera}" for stem in ("blinks", "random") for camera in "CL"]
    assert counts["paper"]["test"] == ["ID_12/random_C", "ID_12/random_L"] == stream
    assert row["video"]["path"] == str(out / "data/test/winks/ID_12/blinks_C.mp4")
    assert (row["task"], row["view"], row["fps_num"], row["num_frames"]) == ("winks", "C", 25, 4)
    assert len(row["sha256"]) == 64 and version == "1.0.0"
    assert not {"feed_dataset", "torchcodec"} & set(modules)


def test_one_clip_is_a_data_set_too(root: Path, tmp_path: Path) -> None:
    """`datasets` guesses the kind of data by the most frequent file extension: tables must not win."""
    import datasets

    _export(root, tmp_path / "out", subjects=["ID_12"], stems=["random"], cameras=["C"])
    for name in ("all", "extreme", "paper"):
        rows = datasets.load_dataset(str(tmp_path / "out"), name, cache_dir=str(tmp_path / "cache"))
        assert {split: of["clip_id"][:] for split, of in rows.items()} == {"test": ["ID_12/random_C"]}
    if torchcodec_decodes():
        assert tuple(rows["test"][0]["video"][0].shape) == (3, 48, 64)


def test_this_package_reads_it_like_the_original(root: Path, tmp_path: Path) -> None:
    _export(root, tmp_path / "out")
    original, copy = open_catalog(root), open_catalog(tmp_path / "out")
    assert [(clip.id, clip.split) for clip in copy.clips] == [(clip.id, clip.split) for clip in original.clips]
    again = _export(tmp_path / "out", tmp_path / "second")
    assert again.record.digest == verify_export(tmp_path / "out").digest


def test_copies_are_whole_and_independent(root: Path, tmp_path: Path) -> None:
    report = _export(root, tmp_path / "out")
    assert (report.clips, report.copied, report.left_out) == (12, 12, 0)
    source, copy = root / NAMES[0], tmp_path / "out/data/train/extreme/ID_1/random_C.mp4"
    assert copy.read_bytes() == source.read_bytes() and not copy.samefile(source)
    assert verify_export(tmp_path / "out") == report.record
    with copy.open("r+b") as file:
        file.write(b"x")
    with pytest.raises(ExportError, match="random_C.mp4 changed"):
        verify_export(tmp_path / "out")
    copy.unlink()
    with pytest.raises(ExportError, match="random_C.mp4 is missing"):
        verify_export(tmp_path / "out")
    assert _export(root, tmp_path / "out").copied == 1, "the same command repairs it"


def test_ground_truth_goes_along(tmp_path: Path) -> None:
    catalog = open_catalog()
    clips = catalog.select(subjects=["S05"], stems=["random"])
    report = export_folder(plan_export(catalog, clips), tmp_path / "out")
    assert report.copied == 4 and all(clip.ground_truth for clip in open_catalog(tmp_path / "out").clips)
    row = json.loads((tmp_path / "out/data/test/metadata.jsonl").read_text().splitlines()[0])
    assert (tmp_path / "out" / row["ground_truth"]).read_bytes() == clips[0].ground_truth.read_bytes()  # type: ignore


def test_a_killed_export_goes_on(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half written is taken for whole, and what was copied is not copied again."""
    out = tmp_path / "out"
    copy_bytes = folder._copy_bytes
    budget = [5]

    def killed(source: Path, target: Path) -> None:
        copy_bytes(source, target)
        budget[0] -= 1
        if budget[0] == 0:
            target.write_bytes(target.read_bytes()[:100])
            raise KeyboardInterrupt

    monkeypatch.setattr(folder, "_copy_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        _export(root, out)
    assert not (out / "README.md").exists(), "load_dataset finds no configs in an unfinished folder"
    with pytest.raises(ExportError, match="an unfinished one"):
        verify_export(out)
    (out / "data/train/.left_over.tmp").mkdir()
    (out / "data/train/.left_over.tmp/a.mp4").write_bytes(b"of a process that was shot")
    monkeypatch.setattr(folder, "_copy_bytes", copy_bytes)
    report = _export(root, out)
    assert report.copied == 8 and report.record.version == "1.0.0" and verify_export(out) == report.record


def test_a_linked_ground_truth_file_is_no_way_out(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Videos and what lies beside them are under one rule: a private file would be published."""
    private = tmp_path / "private" / "notes"
    private.parent.mkdir()
    private.write_text("private")
    (root / "ID_1/random.npz").symlink_to(private)
    (root / "ID_10/random.npz").write_bytes(b"arrays")
    report = _export(root, tmp_path / "out")
    truths = [path for path in report.record.files if path.endswith(".npz")]
    assert len(truths) == 1 and "ID_10" in truths[0]
    problems = dict(open_catalog(root).problems)
    assert list(problems) == [root / "ID_1/random.npz"] and "FEED_LINK_ROOTS" in problems[root / "ID_1/random.npz"]
    monkeypatch.setenv("FEED_LINK_ROOTS", str(private.parent))
    assert open_catalog(root).problems == () and open_catalog(root).clip("ID_1/random_C").ground_truth is not None


def test_a_copy_that_differs_is_refused(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_copy_bytes", lambda source, target: target.write_bytes(b"what a bad disk gives"))
    with pytest.raises(ExportError, match="expected a copy of .* but got"):
        _export(root, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.mp4"))


def test_copying_between_file_systems(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> int:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuses)
    assert _export(root, tmp_path / "out").copied == 12
    verify_export(tmp_path / "out")


def test_versions(root: Path, tmp_path: Path) -> None:
    """Unchanged: the same. More clips: the middle number. Fewer or other ones: the first."""
    out = tmp_path / "out"
    versions = [_export(root, out, subjects=subjects).record.version for subjects in (["ID_1"], ["ID_1"], None)]
    assert versions == ["1.0.0", "1.0.0", "1.1.0"]
    feed_like(root, ["ID_1/random_C.mp4"], frames=6)
    assert _export(root, out).record.version == "2.0.0"
    report = _export(root, out, subjects=["ID_12"])
    assert (report.record.version, report.removed) == ("3.0.0", 8 + 2 * 4), "videos, and the tables of two splits"
    assert _videos(out) == {f"test/{task}/ID_12/{stem}_{camera}.mp4" for task, stem, camera in LEFT}
    assert next_version({}, None) == "1.0.0"


LEFT = [(task, stem, camera) for task, stem in (("extreme", "random"), ("winks", "blinks")) for camera in "CL"]


def test_digest_is_of_the_contents(root: Path, tmp_path: Path) -> None:
    first = _export(root, tmp_path / "one").record.digest
    shutil.copytree(root, tmp_path / "elsewhere")
    assert _export(tmp_path / "elsewhere", tmp_path / "two").record.digest == first
    feed_like(tmp_path / "elsewhere", ["ID_1/random_C.mp4"], frames=5)
    assert _export(tmp_path / "elsewhere", tmp_path / "three").record.digest != first


def test_withdrawn_subjects_never_leave(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do they stay in an export of before."""
    _export(root, tmp_path / "out")
    monkeypatch.setenv("FEED_WITHDRAWN", "ID_10")
    report = _export(root, tmp_path / "out")
    assert report.record.version == "2.0.0" and report.clips == 8
    assert not [path for path in (tmp_path / "out").rglob("*") if "ID_10" in path.name]
    text = "".join(path.read_text() for path in (tmp_path / "out").rglob("*") if path.suffix in (".jsonl", ".json"))
    assert "ID_10" not in text


def test_damaged_clips_are_counted(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "ID_1/eyes_C.mp4").write_bytes(b"no video")
    whole = (root / NAMES[0]).read_bytes()
    (root / "ID_1/FF_C.mp4").write_bytes(whole[: whole.index(b"mdat")])
    out = tmp_path / "out"
    assert main(["export", "--data", str(root), "--to", "folder", "--out", str(out), "--accept-licence"]) == 0
    printed = capsys.readouterr()
    assert "12 clips, 2 left out" in printed.out and "left out: ID_1/eyes_C" in printed.err
    record = verify_export(out)
    assert set(record.left_out) == {"ID_1/eyes_C", "ID_1/FF_C"}
    published = (out / "README.md").read_text() + (out / RECORD).read_text()
    assert "ID_1/eyes_C" in published and str(tmp_path) not in published, "nor where the user keeps files"


def test_licence_is_accepted_once(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["export", "--data", str(root), "--to", "folder", "--out", str(tmp_path / "out")]
    assert main(command) == 2
    message = capsys.readouterr().err
    assert "CC BY-NC-SA 4.0" in message and "contradict" in message and "--accept-licence" in message
    assert main([*command, "--accept-licence"]) == 0 and main(command) == 0
    card = (tmp_path / "out/README.md").read_text()
    assert "license: cc-by-nc-sa-4.0" in card and "Apache-2.0" in card


def test_rendered_data_needs_no_acceptance(root: Path, tmp_path: Path) -> None:
    assert licence_of(open_catalog()).id == "cc0-1.0"
    copy = tmp_path / "rendered"
    shutil.copytree(open_catalog().root / "S01", copy / "S01")
    assert licence_of(open_catalog(copy)).id == "cc-by-nc-sa-4.0", "nobody says that this is rendered"
    (copy / "manifest.json").write_text(json.dumps({"digest": open_catalog(copy).digest}))
    assert licence_of(open_catalog(copy)).id == "cc0-1.0"
    shutil.copy(root / NAMES[0], copy / "S01/eyes_C.mp4")
    assert licence_of(open_catalog(copy)).id == "cc-by-nc-sa-4.0", "something else lies among it"
    catalog = open_catalog(root)
    with pytest.raises(LicenceNotAccepted):
        plan_export(catalog, catalog.clips)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "hub"], "--repo with --to hub only"),
        (["--to", "folder", "--repo", "a/b"], "--repo with --to hub only"),
        (["--to", "folder", "--public"], "--public with --to hub only"),
        (["--to", "folder", "--config", "extrem"], "did you mean 'extreme'"),
        (["--to", "folder", "--config", "speech"], "the selection from"),
        (["--to", "folder", "--subject", "ID_3"], "'ID_3'"),
    ],
)
def test_wrong_arguments_are_one_line(
    arguments: list[str], message: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--data", str(root), "--out", str(tmp_path / "out"), *arguments]) == 2
    printed = capsys.readouterr().err
    assert message in printed and len(printed.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_config_and_flags_narrow_the_selection(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--config", "paper", "--camera", "C", "--subject", "ID_1", "--subject", "ID_12", "--accept-licence"]
    assert main(["export", "--data", str(root), "--to", "folder", "--out", str(out), *arguments]) == 0
    assert _videos(out) == {
        "train/extreme/ID_1/random_C.mp4",
        "train/winks/ID_1/blinks_C.mp4",
        "test/extreme/ID_12/random_C.mp4",
    }
    rows = feed_dataset.load_dataset(data_dir=out, cache_dir=str(tmp_path / "cache"))
    assert {split: len(of) for split, of in rows.items()} == {"train": 2, "test": 1}


def test_only_its_own_folder_is_written_to(root: Path, tmp_path: Path) -> None:
    for out, message in (
        (root, "apart from the data"),
        (root / "out", "apart from the data"),
        (tmp_path, "apart from the data"),
        (root / "../full", "holds something else"),
        (tmp_path / "a_file", "is a file"),
        (tmp_path / "damaged", "expected a record of an export"),
        (tmp_path / "outside", "expected a record of an export"),
        (tmp_path / "linked", "is a link"),
    ):
        if out.name == "full":
            (tmp_path / "full").mkdir()
            (tmp_path / "full/thesis.tex").write_text("mine")
        elif out.name == "a_file":
            out.write_text("mine")
        elif out.name == "damaged":
            out.mkdir()
            (out / RECORD).write_text("{")
        elif out.name == "outside":
            out.mkdir()
            evil = {"data/../../full/thesis.tex": "0" * 64}
            record = {"format": 1, "version": "1.0.0", "digest": "", "licence": "", "source_digest": "", "left_out": {}}
            (out / RECORD).write_text(json.dumps({**record, "complete": True, "files": evil}))
        elif out.name == "linked":
            out.mkdir()
            (out / "data").symlink_to(tmp_path / "full")
        with pytest.raises(ExportError, match=message):
            _export(root, out)
    assert (tmp_path / "full/thesis.tex").read_text() == "mine"


def test_card_lists_what_is_there(root: Path, tmp_path: Path) -> None:
    import yaml

    record = _export(root, tmp_path / "out").record
    text = (tmp_path / "out/README.md").read_text()
    head = yaml.safe_load(text.split("---\n")[1])
    assert [one["config_name"] for one in head["configs"]] == ["all", "winks", "extreme", "paper"]
    assert head["configs"][0]["default"] is True
    assert record.digest in text and "| paper | 4 | 4 | 2 |" in text and "| validation | ID_10 |" in text
    assert config_named("paper").summary in text
