from __future__ import annotations

import subprocess
import sys

import pytest

from benchmark.features.extractors import catalog
from benchmark.features.store import preprocessing_of
from benchmark.features.types.extractor import FACE_NETWORKS, LANDMARKS, AnyExtractor, Extractor
from benchmark.metrics import CARDS
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.weights import REGISTRY


@pytest.mark.parametrize("extractor", catalog.EXTRACTORS.values(), ids=catalog.EXTRACTORS)
def test_each_extractor_names_what_it_needs(extractor: AnyExtractor) -> None:
    assert set(extractor.networks) <= set(REGISTRY)
    assert extractor.preprocessing, "the cache must know when the same frames would give other values"
    assert preprocessing_of([extractor.id]) == {extractor.id: extractor.preprocessing}


def test_every_extractor_is_read_by_a_metric() -> None:
    read = {name for metric in CARDS.values() for name in metric.features}
    assert set(catalog.EXTRACTORS) <= read


def test_networks_behind_features() -> None:
    assert catalog.networks_of([LANDMARKS, "dlib"]) == (*FACE_NETWORKS, "dlib-face-resnet")
    assert catalog.networks_of(["psnr"]) == ()
    assert catalog.is_thinned([LANDMARKS, "dlib"])
    assert not catalog.is_thinned([LANDMARKS, "psnr"])


def test_ids_are_split_by_what_they_look_at() -> None:
    video, pair, sound = catalog.split_ids(["psnr", LANDMARKS, "dlib", "l1", "dlib"])
    assert (video, pair, sound) == ((LANDMARKS, "dlib"), ("psnr", "l1"), ())


def test_wrong_ids() -> None:
    with pytest.raises(BenchmarkError, match="did you mean 'dlib'"):
        catalog.extractor("dlb")
    with pytest.raises(BenchmarkError, match="one video but 'psnr'"):
        catalog.video_extractor("psnr")
    with pytest.raises(BenchmarkError, match="pairs of frames but 'dlib'"):
        catalog.pair_extractor("dlib")
    with pytest.raises(BenchmarkError, match="sound but 'dlib'"):
        catalog.audio_extractor("dlib")


def test_two_extractors_cannot_share_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="once"):
        catalog.collect(["benchmark.features.extractors.images", "benchmark.features.extractors.images"])
    from benchmark.features.extractors import images

    monkeypatch.setattr(images, "EXTRACTORS", (Extractor(LANDMARKS, (), "1", lambda compute: None),))  # type: ignore[arg-type,return-value]
    with pytest.raises(ValueError, match="once"):
        catalog.collect(["benchmark.features.extractors.images"])


def test_the_table_loads_without_networks() -> None:
    heavy = ("torch", "cv2", "scipy", "av", "onnxruntime")
    code = f"import sys, benchmark.features.extractors.catalog; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
