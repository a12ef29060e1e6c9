"""Output and reference together: in lockstep, each decoded once, whatever is missing on either side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.features import FeatureStore, FrameSequence, NoFrames, PairFeatures, extract_pair, extract_video
from benchmark.features.types.extractor import LANDMARKS
from tests.benchmark.features.material import NETWORKS, Counted, breaking, nothing_kept, pictures, source, stand_ins

__all__ = ["stand_ins"]
pytestmark = pytest.mark.usefixtures("stand_ins")
OUTPUT, REFERENCE = pictures(20, seed=1), pictures(20, seed=2)


def compare(output: FrameSequence, reference: FrameSequence, batch_frames: int = 4) -> PairFeatures:
    return extract_pair(
        output,
        reference,
        (LANDMARKS, "bright"),
        ("difference", "l1"),
        models=Counted().models(),
        store=nothing_kept(),
        batch_frames=batch_frames,
    )


def test_frame_t_is_compared_with_frame_t() -> None:
    found = compare(source(OUTPUT), source(REFERENCE))
    wanted = np.abs(OUTPUT.astype(float) - REFERENCE).mean(axis=(1, 2, 3))
    assert np.allclose(found.pairs["l1"], wanted, rtol=1e-6)
    assert found.no_pairs is None


@pytest.mark.parametrize("batch_frames", [1, 7, 64])
def test_the_batch_size_changes_nothing(batch_frames: int) -> None:
    plain, other = (compare(source(OUTPUT), source(REFERENCE), size) for size in (4, batch_frames))
    for name in plain.pairs:
        assert np.array_equal(plain.pairs[name], other.pairs[name]), name
    assert np.array_equal(plain.output.arrays["bright"], other.output.arrays["bright"])


def test_both_sides_have_what_they_would_have_alone() -> None:
    found = compare(source(OUTPUT), source(REFERENCE))
    for side, frames in ((found.output, OUTPUT), (found.reference, REFERENCE)):
        alone = extract_video(source(frames), (LANDMARKS, "bright"), models=Counted().models(), store=nothing_kept())
        assert np.array_equal(side.landmarks_px, alone.landmarks_px)
        assert np.array_equal(side.arrays["bright"], alone.arrays["bright"])


def test_each_video_is_decoded_once() -> None:
    decoded = {"output": 0, "reference": 0}

    def counting(name: str, frames: np.ndarray) -> FrameSequence:
        def read() -> Iterator[np.ndarray]:
            for frame in frames:
                decoded[name] += 1
                yield frame

        return replace(source(frames), read=read)

    compare(counting("output", OUTPUT), counting("reference", REFERENCE))
    assert decoded == {"output": 20, "reference": 20}


def test_one_more_comparison_costs_only_itself(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, NETWORKS)
    first, second, third = Counted(), Counted(), Counted()
    args = (source(OUTPUT), source(REFERENCE), (LANDMARKS, "bright"))
    extract_pair(*args, ("l1",), models=first.models(), store=store)
    assert first.loads == {"face": 1, "bright": 1, "l1": 1}
    extract_pair(*args, ("l1", "difference"), models=second.models(), store=store)
    assert (second.loads, second.steps) == ({"difference": 1}, 0)
    a, b = (replace(one, read=lambda: pytest.fail("expected no decoding")) for one in args[:2])
    found = extract_pair(a, b, args[2], ("l1", "difference"), models=third.models(), store=store)
    assert third.loads == {}
    assert set(found.pairs) == {"l1", "difference"}


def test_output_and_reference_are_not_interchangeable(tmp_path: Path) -> None:
    store, tools = FeatureStore(tmp_path, NETWORKS), Counted().models()
    a, b = source(OUTPUT), source(REFERENCE)
    forth, back = (extract_pair(*pair, (), ("difference",), models=tools, store=store) for pair in ((a, b), (b, a)))
    assert not np.array_equal(forth.pairs["difference"], back.pairs["difference"])
    third = source(pictures(20, seed=3))
    other = extract_pair(a, third, (), ("difference",), models=tools, store=store)
    assert not np.array_equal(forth.pairs["difference"], other.pairs["difference"])


def test_a_shorter_output_has_fewer_pairs_and_nothing_else_is_lost() -> None:
    for output in (source(OUTPUT[:13]), breaking(OUTPUT, at=13)):
        found = compare(output, source(REFERENCE))
        assert (len(found.output), len(found.reference), len(found.pairs["l1"])) == (13, 20, 13)
        whole = compare(source(OUTPUT), source(REFERENCE))
        assert np.array_equal(found.pairs["l1"], whole.pairs["l1"][:13])
    assert found.output.problem is not None


def test_other_sizes_are_not_compared_and_say_so() -> None:
    found = compare(source(OUTPUT[:, :, :24]), source(REFERENCE))
    assert found.pairs == {}
    assert found.no_pairs == "output frames are 24x32 but reference 32x32"
    assert len(found.output) == len(found.reference) == 20


def test_an_output_without_a_frame_is_an_error() -> None:
    with pytest.raises(NoFrames):
        compare(breaking(OUTPUT, at=0), source(REFERENCE))
