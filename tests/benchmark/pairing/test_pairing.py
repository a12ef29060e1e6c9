"""Which video belongs to which: by name or by a table, never by sort order, and nothing is dropped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmark.pairing.names import pair_by_stem
from benchmark.pairing.pair_list import NO_GENERATED, NO_REFERENCE, PairingError, PairList
from benchmark.pairing.table import pair_by_table


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def table(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pairs.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def summary(pairs: PairList) -> dict[str, tuple[str | None, str | None]]:
    return {
        pair.id: (pair.generated and pair.generated.name, pair.reference and pair.reference.name)
        for pair in pairs.pairs
    }


class TestStems:
    def test_equal_names_belong_together_whatever_the_suffix_and_the_order(self, tmp_path: Path) -> None:
        generated = touch(tmp_path / "g", "b.mp4", "a.avi", "sub/c.mkv")
        reference = touch(tmp_path / "r", "a.mp4", "sub/c.mp4", "b.MOV", "notes.txt")
        assert summary(pair_by_stem(generated, reference)) == {
            "a": ("a.avi", "a.mp4"),
            "b": ("b.mp4", "b.MOV"),
            "sub/c": ("c.mkv", "c.mp4"),
        }

    def test_a_video_without_a_partner_is_a_failed_case(self, tmp_path: Path) -> None:
        pairs = pair_by_stem(touch(tmp_path / "g", "a.mp4", "x.mp4"), touch(tmp_path / "r", "a.mp4", "y.mp4"))
        assert {pair.id: pair.problem for pair in pairs.pairs} == {"a": None, "x": NO_REFERENCE, "y": NO_GENERATED}

    def test_sources_and_sounds_are_found_by_the_same_name(self, tmp_path: Path) -> None:
        pairs = pair_by_stem(
            touch(tmp_path / "g", "a.mp4", "b.mp4"),
            touch(tmp_path / "r", "a.mp4", "b.mp4"),
            source=touch(tmp_path / "s", "a.png", "z.png"),
            audio=touch(tmp_path / "w", "a.wav", "b.mp4"),
        )
        first, second = pairs.pairs
        assert (first.source, second.source) == (tmp_path / "s" / "a.png", None)
        assert (first.audio, second.audio) == (tmp_path / "w" / "a.wav", tmp_path / "w" / "b.mp4")
        assert pairs.left_out == (("--source z.png", "no video with this id"),)

    def test_two_files_of_one_name_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(PairingError, match=r"a\.avi and a\.mp4 for 'a'"):
            pair_by_stem(touch(tmp_path / "g", "a.mp4", "a.avi"), touch(tmp_path / "r", "a.mp4"))

    def test_no_common_name_is_an_error_that_shows_names(self, tmp_path: Path) -> None:
        with pytest.raises(PairingError, match=r"a_out\.mp4 and a\.mp4.*--pairs"):
            pair_by_stem(touch(tmp_path / "g", "a_out.mp4"), touch(tmp_path / "r", "a.mp4"))

    @pytest.mark.parametrize(("made", "message"), [("nothing", "is nothing"), ("file", "is a file"), ("empty", "has")])
    def test_a_folder_must_be_there_and_hold_videos(self, tmp_path: Path, made: str, message: str) -> None:
        reference = touch(tmp_path / "r", "a.mp4")
        if made == "file":
            (tmp_path / "g").write_text("")
        if made == "empty":
            touch(tmp_path / "g", "readme.txt")
        with pytest.raises(PairingError, match=message):
            pair_by_stem(tmp_path / "g", reference)

    def test_a_folder_with_the_name_of_a_video_is_called_one(self, tmp_path: Path) -> None:
        (tmp_path / "out" / "a.mp4").mkdir(parents=True)
        with pytest.raises(PairingError, match=r"a\.mp4 is a folder; folders of images are scored with: .* frames:DIR"):
            pair_by_stem(tmp_path / "out", tmp_path / "out")

    def test_links_out_of_the_folder_and_pipes_are_left_out_by_name(self, tmp_path: Path) -> None:
        generated = touch(tmp_path / "g", "a.mp4", "c.mp4")
        (generated / "b.mp4").symlink_to(touch(tmp_path / "elsewhere", "secret.mp4") / "secret.mp4")
        (generated / "inside.mp4").symlink_to(generated / "c.mp4")
        os.mkfifo(generated / "pipe.mp4")
        pairs = pair_by_stem(generated, touch(tmp_path / "r", "a.mp4", "b.mp4", "inside.mp4"))
        assert [label for label, _ in pairs.left_out] == ["--generated b.mp4", "--generated pipe.mp4"]
        assert {p.id: p.problem for p in pairs.pairs}["b"] == NO_GENERATED
        assert {p.id: p.problem for p in pairs.pairs}["inside"] is None

    def test_odd_names(self, tmp_path: Path) -> None:
        generated = touch(tmp_path / "g", "a b (1).mp4", "ü–✓.mp4", "new\nline.mp4", "-o.mp4", ".hidden.mp4")
        os.close(os.open(os.fsencode(generated) + b"/\xff.mp4", os.O_CREAT | os.O_WRONLY))
        reference = touch(tmp_path / "r", "a b (1).mp4", "ü–✓.mp4", "-o.mp4")
        pairs = pair_by_stem(generated, reference)
        assert sorted(summary(pairs)) == ["-o", "a b (1)", "ü–✓"]
        assert pairs.left_out == (
            ("--generated new\\nline.mp4", "its name is no printable text"),
            ("--generated \\udcff.mp4", "its name is no printable text"),
        )

    def test_an_id_that_results_cannot_hold_is_refused(self, tmp_path: Path) -> None:
        long = "/".join(["x" * 90] * 3)
        with pytest.raises(PairingError, match="at most 200 characters but got 272"):
            pair_by_stem(touch(tmp_path / "g", f"{long}.mp4"), touch(tmp_path / "r", f"{long}.mp4"))


class TestTable:
    def folders(self, tmp_path: Path) -> dict[str, Path | None]:
        touch(tmp_path / "g", "one.mp4", "two.mp4")
        touch(tmp_path / "r", "1.mp4", "2.mp4")
        return {"generated": tmp_path / "g", "reference": tmp_path / "r", "source": None, "audio": None}

    @pytest.mark.parametrize(
        "text",
        [
            "id,generated,reference\nb,two.mp4,2.mp4\na,one.mp4,1.mp4\n",
            b"\xef\xbb\xbfid,generated,reference\r\nb,two.mp4,2.mp4\r\n\r\na, one.mp4 ,1.mp4\r\n",
            '"Reference","ID","Generated"\n2.mp4,b,two.mp4\n"1.mp4",a,"one.mp4"',
        ],
        ids=["plain", "byte order mark and CRLF", "quoted, other order, other case"],
    )
    def test_rows_say_what_belongs_together(self, tmp_path: Path, text: str | bytes) -> None:
        pairs = pair_by_table(table(tmp_path, text), self.folders(tmp_path))
        assert summary(pairs) == {"b": ("two.mp4", "2.mp4"), "a": ("one.mp4", "1.mp4")}
        assert [pair.cluster for pair in pairs.pairs] == ["b", "a"]
        assert [pair.source_cluster for pair in pairs.pairs] == ["b", "a"]  # each is driven by its own first frame

    def test_all_columns(self, tmp_path: Path) -> None:
        touch(tmp_path, "g/one.mp4", "r/1.mp4", "face.png", "a.wav")
        text = "id,generated,reference,source,audio,cluster\na,g/one.mp4,r/1.mp4,face.png,a.wav,anna\n"
        pairs = pair_by_table(table(tmp_path, text), {})
        (pair,) = pairs.pairs
        assert (pair.cluster, pair.source, pair.audio) == ("anna", tmp_path / "face.png", tmp_path / "a.wav")
        assert pairs.has_sources
        assert pairs.has_audio

    def test_one_source_file_is_one_person_whatever_its_path(self, tmp_path: Path) -> None:
        touch(tmp_path, "g/1.mp4", "g/2.mp4", "g/3.mp4", "g/4.mp4", "r.mp4", "a/face.png", "b/face.png")
        sources = ["a/face.png,", "b/../a/face.png,", "b/face.png,", "b/face.png,ben"]
        rows = "".join(f"c{n},g/{n}.mp4,r.mp4,d,{source}\n" for n, source in enumerate(sources, 1))
        pairs = pair_by_table(table(tmp_path, f"id,generated,reference,cluster,source,source_cluster\n{rows}"), {})
        assert [pair.source_cluster for pair in pairs.pairs] == ["face.png", "face.png", "face.png#2", "ben"]

    def test_files_that_no_row_names_are_listed(self, tmp_path: Path) -> None:
        pairs = pair_by_table(table(tmp_path, "id,generated,reference\na,one.mp4,1.mp4\n"), self.folders(tmp_path))
        assert pairs.left_out == (
            ("--generated two.mp4", "not named in pairs.csv"),
            ("--reference 2.mp4", "not named in pairs.csv"),
        )

    def test_a_generated_video_that_is_not_there_is_a_failed_case(self, tmp_path: Path) -> None:
        text = "id,generated,reference\na,one.mp4,1.mp4\nb,lost.mp4,2.mp4\n"
        pairs = pair_by_table(table(tmp_path, text), self.folders(tmp_path))
        assert {pair.id: pair.problem for pair in pairs.pairs} == {"a": None, "b": NO_GENERATED}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "expected at least one row"),
            ("id,generated,reference\n", "expected at least one row"),
            ("id;generated;reference\na;one.mp4;1.mp4\n", "expected commas"),
            ("id,generated\na,one.mp4\n", "reference is missing"),
            ("id,generatd,reference\na,one.mp4,1.mp4\n", "did you mean 'generated'"),
            ("id,id,generated,reference\na,a,one.mp4,1.mp4\n", "each column once"),
            ("id,generated,reference\na,one.mp4\n", "row 2: expected 3 cells"),
            ("id,generated,reference\na,one.mp4,1.mp4,x\n", "row 2: expected 3 cells"),
            ("id,generated,reference\n,one.mp4,1.mp4\n", "row 2: expected an id"),
            ("id,generated,reference\na,,1.mp4\n", "row 2: expected a path for generated"),
            ("id,generated,reference\na,one.mp4,no.mp4\n", r"row 2: expected a file for reference .*does not exist"),
            ("id,generated,reference\na,one.mp4,.\n", "row 2: .*is no regular file"),
            ("id,generated,reference\na,one.mp4,1.mp4\na,two.mp4,2.mp4\n", "row 3: .*already that of pairs.csv row 2"),
            ("id,generated,reference\na,one.mp4,1.mp4\nb,../g/one.mp4,2.mp4\n", "row 3: .*already that of"),
            ("id,generated,reference\na,one.mp4,../pairs.csv\n", "row 2: .*leads out of it"),
            (f"id,generated,reference\n{'x' * 201},one.mp4,1.mp4\n", "at most 200 characters"),
            (f"id,generated,reference\na,{'x' * 5000}.mp4,1.mp4\n", "row 2: .*cannot be read"),
            ('id,generated,reference\na,"one.mp4"x,1.mp4\n', "row 2: expected a CSV row"),
            ("id,generated,reference\na,one.mp4,1\0.mp4\n", "row 2"),
            (b"id,generated,reference\n\xff,one.mp4,1.mp4\n", "in UTF-8"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_row(self, tmp_path: Path, text: str | bytes, message: str) -> None:
        with pytest.raises(PairingError, match=message):
            pair_by_table(table(tmp_path, text), self.folders(tmp_path))

    def test_a_table_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(PairingError, match="cannot read"):
            pair_by_table(tmp_path / "pairs.csv", {})

    def test_a_link_out_of_the_folder_needs_the_absolute_path(self, tmp_path: Path) -> None:
        folders = self.folders(tmp_path)
        secret = touch(tmp_path / "elsewhere", "secret.mp4") / "secret.mp4"
        (tmp_path / "r" / "link.mp4").symlink_to(secret)
        with pytest.raises(PairingError, match=r"link\.mp4 leads out of it"):
            pair_by_table(table(tmp_path, "id,generated,reference\na,one.mp4,link.mp4\n"), folders)
        pairs = pair_by_table(table(tmp_path, f"id,generated,reference\na,one.mp4,{secret}\n"), folders)
        assert pairs.pairs[0].reference == secret

    def test_a_folder_without_its_column_is_refused(self, tmp_path: Path) -> None:
        folders = self.folders(tmp_path) | {"audio": touch(tmp_path / "w", "a.wav")}
        with pytest.raises(PairingError, match="expected a column audio"):
            pair_by_table(table(tmp_path, "id,generated,reference\na,one.mp4,1.mp4\n"), folders)
