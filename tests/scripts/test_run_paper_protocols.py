"""Corpora of rendered people in official layouts, and what is counted of a run on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.protocols.corpora import open_corpora
from benchmark.protocols.protocol import names
from feed_dataset.core.media.video import probe, read_audio
from scripts.paper_corpora import write
from scripts.run_paper_protocols import PROTOCOLS, counted
from tests.leaderboard.conftest import make_results


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IMAGES", "UTTERANCES", "SEQUENCES"):
        monkeypatch.setattr(write, name, 4)


@pytest.mark.usefixtures("few")
def test_files_are_read_as_their_corpus_and_written_once(tmp_path: Path) -> None:
    corpora = ("ffhq", "hdtf", "voxceleb2")
    said: list[str] = []
    roots = write.write_corpora(tmp_path, corpora, said.append)
    copies = open_corpora(roots).copies
    assert {name: len(copy.files) for name, copy in copies.items()} == dict.fromkeys(corpora, 4)
    assert all(copy.problems == () for copy in copies.values())
    assert copies["ffhq"].adults == {f"{number:05d}" for number in range(4)}
    assert len({file.subject for file, _ in copies["hdtf"].files}) == 4
    assert {file.fields["part"] for file, _ in copies["voxceleb2"].files} == {"test"}
    write.write_corpora(tmp_path, corpora, said.append)
    assert [line.split(":")[1].split()[0] for line in said] == ["4"] * 3 + ["0"] * 3


@pytest.mark.usefixtures("few")
def test_sequences_have_the_sound_of_their_frames(tmp_path: Path) -> None:
    roots = write.write_corpora(tmp_path, ("hdtf",), lambda line: None)
    for _, path in open_corpora(roots).copies["hdtf"].files:
        frames, sound = probe(path).frame_count, read_audio(path)
        assert sound is not None and write.SEQUENCE_FRAMES[0] <= frames <= write.SEQUENCE_FRAMES[1]
        assert len(sound.samples) / sound.sample_rate_hz == pytest.approx(frames / 25, abs=0.1)


def test_every_protocol_of_the_paper_is_run() -> None:
    assert set(PROTOCOLS) == {name for name in names() if name.startswith("paper-")}


def test_what_is_counted_is_of_one_method() -> None:
    results = make_results()
    method = results.methods[0].name
    found = counted(results, method)
    assert found["rows"] == sum(row.method == method for row in results.rows)
    assert found["cases"] == len(results.protocol.case_ids)
