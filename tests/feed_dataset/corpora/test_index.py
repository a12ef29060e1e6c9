"""Each corpus is indexed and verified like FEED: small media under official names."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from feed_dataset.cli import main
from feed_dataset.core.media.encoders import add_audio, add_video, open_output, to_frame
from feed_dataset.core.media.video import write_video
from feed_dataset.manifest import build_manifest

# corpus -> files, and how many more a complete copy of what was begun has
FILES = {
    "mead": (["M003/video/front/angry/level_3/001.mp4", "M003/audio/angry/level_3/001.m4a"], 0),
    "ffhq": (["images1024x1024/00000/00000.png"], 999),
    "hdtf": (["WDA_BarackObama_000.mp4"], 0),
    "voxceleb2": (["dev/mp4/id00012/21Uxsk56VDQ/00001.mp4"], 0),
    "savee": (["AudioVisualClip/DC/a1.avi", "AudioData/DC/a01.wav"], 238),
    "ravdess": (["Actor_01/01-01-01-01-01-01-01.mp4", "Actor_01/03-01-01-01-01-01-01.wav"], 118),
    "crema-d": (["VideoFlash/1001_DFA_ANG_XX.flv", "AudioWAV/1001_DFA_ANG_XX.wav"], 162),
    "mmi": (["Sessions/1/S001-001.avi"], 0),
}
FRAMES = np.tile(np.arange(0, 240, 15, dtype=np.uint8)[None, :, None, None], (3, 1, 16, 3))
_VIDEO = {".avi": ("avi", "mpeg4"), ".flv": ("flv", "flv")}
_SOUND = {".wav": ("wav", "pcm_s16le", "s16", np.int16), ".m4a": ("ipod", "aac", "fltp", np.float32)}


def write_media(path: Path) -> None:
    """A very small file of the kind that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix
    if suffix == ".png":
        Image.fromarray(FRAMES[0]).save(path)
    elif suffix == ".mp4":
        write_video(path, FRAMES, 25)
    elif suffix in _VIDEO:
        container_name, codec = _VIDEO[suffix]
        with open_output(path, container_name) as container:
            stream = add_video(container, codec, 25, (16, 16), "yuv420p")
            for picture in FRAMES:
                container.mux(stream.encode(to_frame(picture, "yuv420p")))
            container.mux(stream.encode(None))
    else:
        container_name, codec, sample, kind = _SOUND[suffix]
        with open_output(path, container_name) as container:
            stream = add_audio(container, codec, 16_000, "mono")
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), kind), format=sample, layout="mono")
            sound.sample_rate = 16_000
            container.mux(stream.encode(sound))
            container.mux(stream.encode(None))


@pytest.mark.parametrize("corpus", FILES)
def test_a_corpus_is_indexed_like_feed(corpus: str, tmp_path: Path) -> None:
    names, missing = FILES[corpus]
    for name in names:
        write_media(tmp_path / name)
    manifest = build_manifest(tmp_path, corpus=corpus, workers=1)
    status = [entry.status for entry in manifest.entries]
    assert (status.count("ok"), status.count("missing")) == (len(names), missing)
    assert len(status) == len(names) + missing


def test_a_corpus_is_verified_like_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clone of CREMA-D without git-lfs holds pointers: damage, and an exit code that says so."""
    pointer = tmp_path / "VideoFlash" / "1001_DFA_ANG_XX.flv"
    pointer.parent.mkdir()
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 100000\n")
    assert main(["index", str(tmp_path), "--corpus", "crema-d"]) == 0
    assert main(["verify", str(tmp_path), "--corpus", "crema-d"]) == 1
    assert "1001_DFA_ANG_XX" in capsys.readouterr().out


def test_the_command_lists_terms_and_layouts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpora", "ravdess", "mead"]) == 0
    shown = capsys.readouterr().out
    assert "CC BY-NC-SA 4.0" in shown and "M003" not in shown
    assert "<actor>/video/<view>/<emotion>/level_<n>/<sentence>.mp4" in shown
    assert "feed:" not in shown
    assert main(["corpora", "ravdes"]) == 2
    assert "did you mean 'ravdess'" in capsys.readouterr().err
