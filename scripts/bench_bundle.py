"""How long packing and validating a run of 2,000 pictures takes, and how much memory: the paper's Table 3, made up.

    python -m scripts.bench_bundle                  # 2,000 cases
    python -m scripts.bench_bundle --cases 200 --keep /tmp/made

Nothing is rendered and no network runs: features are drawn by a seed, written into a feature store as a run writes
them, and scored by the engine. Then `leaderboard pack` and `leaderboard validate` run as commands of their own. Exits 1
when both together take more than 60 s of processor time, or one of them more than 1 GB of memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.engine.aggregate import CaseOutcome, MethodOutcome, score_method
from benchmark.engine.networks import NetworkStatus
from benchmark.features.extractors.catalog import EXTRACTORS, split_ids
from benchmark.features.scored import FeatureReader, RecentVideos, ScoredCase, load_scored, save_scored
from benchmark.features.store import CLIP_KIND, FACES_KIND, LANDMARKS_KIND, FeatureStore, kind_of, preprocessing_of
from benchmark.features.types.extractor import LANDMARKS, Compute
from benchmark.metrics import cards_of
from benchmark.protocols import protocol as protocols
from benchmark.protocols.settings import recorded_settings
from benchmark.results.schema import (
    RESULTS_FILE,
    ComputeRecord,
    DataRecord,
    Environment,
    InputsRecord,
    MethodRecord,
    ProtocolRecord,
    Results,
)
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.jobs.array_store import key_of
from feed_dataset.core.weights import registry
from scripts.bench_harness_parts.cost import Cost, cost_of_module

PROTOCOL = "paper-table3-feed"
METHOD = "made-up"
LIMIT_S, LIMIT_MB = 60.0, 1000.0
PEOPLE = 2  # drivers and sources: the engine's intervals of 2,000 pictures would take minutes with many
SHAPES = {
    "vggface2": (512,), "arcface": (512,), "dlib": (128,), "blendshapes": (52,), "mesh478": (478, 3), "iris": (2, 76, 3)
}  # fmt: skip
INCEPTION = (2048,)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the run here, and leave it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        began = time.perf_counter()
        if not (folder / "run" / RESULTS_FILE).is_file():
            make_run(folder / "run", options.cases)
        print(f"made up {options.cases} cases in {time.perf_counter() - began:.1f} s")
        found: dict[str, Cost] = {}
        for name, arguments in (
            ("pack", ["pack", str(folder / "run"), "--out", str(folder / "out")]),
            ("validate", ["validate", ""]),
        ):
            given = [one or str(next((folder / "out").glob("*.zip"))) for one in arguments]
            began = time.perf_counter()
            found[name] = cost_of_module(["leaderboard", *given])
            wall_s = time.perf_counter() - began
            print(
                f"{name}: {found[name].cpu_s:.1f} s of processor time in {wall_s:.1f} s, {found[name].peak_mb:.0f} MB"
            )
            print(found[name].printed.rstrip())
    together, peak_mb = sum(one.cpu_s for one in found.values()), max(one.peak_mb for one in found.values())
    limits = f"at most {LIMIT_S:.0f} s and {LIMIT_MB:.0f} MB"
    print(f"both, {options.cases} cases: {together:.1f} s, {peak_mb:.0f} MB ({limits})")
    return int(together > LIMIT_S or peak_mb > LIMIT_MB)


def make_run(out: Path, count: int) -> None:
    """A run's folder: features, what was scored from them, results."""
    known = protocols.load(PROTOCOL)
    cards = cards_of(known.metrics)
    names = dict.fromkeys(["face-detector", "face-mesh", *(one for card in cards for one in card.networks)])
    networks = {one: registry.get(one).sha256 or "a" * 64 for one in names}
    store, compute = FeatureStore(out / "features", networks), Compute()
    status = NetworkStatus(networks, {})
    computable = [card for card in cards if status.missing_for(card) is None]
    features = list(dict.fromkeys([LANDMARKS, *(one for card in computable for one in card.features)]))
    video, pair, audio = split_ids(features)
    draw = np.random.default_rng(0)
    face = draw.normal(0, 40, (478, 3)).astype(np.float32) + 256
    mean = {one: draw.normal(0, 1, SHAPES.get(one, INCEPTION)).astype(np.float32) for one in video}

    def one_video(name: str) -> str:
        content_id = key_of("made up", name)
        about = {"frames": 1, "problem": None}
        store.save(CLIP_KIND, [content_id], compute, np.array([1, 512, 512]), {**about, "times_s": [0.0]})
        store.save(FACES_KIND, [content_id], compute, FacesSeen(1, 0, 1, 0, False).array, about)
        moved = face + draw.normal(0, 3, face.shape).astype(np.float32)
        store.save(LANDMARKS_KIND, [content_id], compute, moved[None, :468], {**about, "reasons": [None]})
        for one in video:
            if one != LANDMARKS:
                own = moved if one == "mesh478" else mean[one] + draw.normal(0, 0.3, mean[one].shape).astype(np.float32)
                store.save(kind_of(EXTRACTORS[one]), [content_id], compute, own[None].astype(np.float32), about)
        return content_id

    drivers = [one_video(f"driver {number}") for number in range(max(2, count // 20))]
    sources = [one_video(f"source {number}") for number in range(max(2, count // 20))]
    cases = []
    for number in range(count):
        driver, source = number % len(drivers), number // 20 % len(sources)
        people = f"D{driver % PEOPLE}", f"S{source % PEOPLE}"
        source_id = sources[source]
        cases.append(
            ScoredCase(
                case_id=f"{people[0]}-{number}--{people[1]}",
                cluster=people[0],
                source_cluster=people[1],
                driver=drivers[driver],
                output=one_video(f"output {number}"),
                source=source_id,
                no_source=None,
                person=source_id,
                audio=None,
                no_audio="no metric reads audio",
                no_pairs=None,
                has_reference=False,
                fps=25.0,
            )
        )
    reader = FeatureReader(store, compute, video, pair, audio, known.embed_every)

    def outcomes() -> Iterator[CaseOutcome]:
        recent = RecentVideos()
        for case in cases:
            found = load_scored(case, reader, None, recent)
            yield CaseOutcome(case.case_id, case.cluster, case.source_cluster, found, None, 1)

    outcome = MethodOutcome(METHOD, False, known.embed_every, outcomes())
    rows, aggregates = score_method(outcome, cards, status)
    save_scored(out, {METHOD: cases})
    Results(
        protocol=ProtocolRecord(
            name=known.name,
            version=known.version,
            case_list_sha256="c" * 64,
            case_ids=[case.case_id for case in cases],
            size_px=known.size_px or 512,
            frames_per_case=1,
            seed=known.seed,
            limit=None if count == 2000 else count,
            settings=recorded_settings(known.embed_every, known.crop_scale, known.gives),
        ),
        data=DataRecord(name=known.data_name, digest="d" * 64, synthetic=False),
        methods=[
            MethodRecord(
                name=METHOD,
                licence="MIT",
                weights_sha256=None,
                seconds_generate=1.0,
                outputs=[case.output for case in cases],
            )
        ],
        rows=rows,
        aggregates=aggregates,
        failures=[],
        networks=networks,
        extractors=preprocessing_of(features),
        compute=ComputeRecord(device="cpu", precision="float32"),
        inputs=InputsRecord(drivers=[case.driver for case in cases], sources=[case.source for case in cases]),
        environment=Environment(python="3.11", platform="linux", packages={}, device="cpu", reader="made up"),
        timings_s={},
        created_at="2026-01-01T00:00:00+00:00",
        command="scripts.bench_bundle",
    ).save(out / RESULTS_FILE)


if __name__ == "__main__":
    sys.exit(main())
