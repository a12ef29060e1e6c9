"""insightface with its own detector, which is a stand-in here: what it is asked, and of which face."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from benchmark.crosscheck import identity
from benchmark.crosscheck.material import Material
from benchmark.crosscheck.unavailable import NotHere
from benchmark.pairing.names import pair_by_stem
from feed_dataset.core.media.video import write_video

GREY = 128


class FaceAnalysis:
    """Finds a small and a large face in pictures brighter than grey, and describes them by the frame's brightness."""

    def __init__(self, name: str, allowed_modules: list[str]) -> None:
        assert Path(name).name == "buffalo_l" and allowed_modules == ["detection", "recognition"]

    def prepare(self, ctx_id: int, det_size: tuple[int, int]) -> None:
        assert ctx_id == -1  # the processor

    def get(self, image: np.ndarray) -> list[SimpleNamespace]:
        if image.mean() < GREY:
            return []
        angle = image[..., 2].mean() / 255  # red: pictures are BGR
        described = np.array([np.cos(angle), np.sin(angle)])
        small = SimpleNamespace(bbox=np.array([0, 0, 5, 90]), embedding=-described)
        return [small, SimpleNamespace(bbox=np.array([40, 40, 70, 70]), embedding=described)]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in, and a home with a model of its pack."""
    module = ModuleType("insightface.app")
    module.FaceAnalysis = FaceAnalysis  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "insightface", ModuleType("insightface"))
    monkeypatch.setitem(sys.modules, "insightface.app", module)
    monkeypatch.setenv("HOME", str(tmp_path))
    pack = tmp_path / ".insightface" / "models" / "buffalo_l"
    pack.mkdir(parents=True)
    (pack / "det_10g.onnx").touch()
    return pack


def material(folder: Path, generated: list[tuple[int, int, int]], reference: tuple[int, int, int]) -> Material:
    for side, colours in (("g", generated), ("r", [reference] * len(generated))):
        (folder / side).mkdir()
        frames = np.broadcast_to(np.array(colours, np.uint8)[:, None, None], (len(colours), 64, 64, 3)).copy()
        write_video(folder / side / "a.mp4", frames, Fraction(25), crf=1)
    return Material(pair_by_stem(folder / "g", folder / "r"), folder / "made")


def test_the_largest_face_of_each_frame_beside_the_first_reference_frame(package: Path, tmp_path: Path) -> None:
    on = material(tmp_path, [(200, 240, 240), (0, 0, 0), (255, 200, 200)], (150, 250, 250))
    expected = np.cos((np.array([200, 255]) - 150) / 255).mean()
    assert identity.csim_of_its_pack(on) == pytest.approx(expected, abs=0.01)


def test_frames_without_a_face_and_a_pack_without_models_are_said(package: Path, tmp_path: Path) -> None:
    with pytest.raises(NotHere, match="no face in any generated frame of a"):
        identity.csim_of_its_pack(material(tmp_path, [(0, 0, 0)], (250, 250, 250)))
    (package / "det_10g.onnx").unlink()
    with pytest.raises(NotHere, match="needs its models in"):
        identity.csim_of_its_pack(Material(pair_by_stem(tmp_path / "g", tmp_path / "r"), tmp_path / "again"))
