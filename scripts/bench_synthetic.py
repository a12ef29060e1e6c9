"""Do the synthetic people look like people, and like different ones? Two figures, measured with real networks.

python scripts/bench_synthetic.py          (again: continues; pictures are kept below FEED_CACHE)

1. The face detector finds a face in this share of frontal frames (camera C, head turned by less than 15 degrees;
   neutral and the height of expressions of all tasks). Wanted: 98 %.
2. dlib's face recognition ResNet (128 numbers, L2) tells the people apart:
   - ranked right: of all (pair of frames of one person, pair of frames of two people), the share in which the first is
     the more alike (the area under the ROC curve);
   - classified right at the EER threshold: the share of pairs, same and different counted equally, on the right side of
     the one distance at which both kinds of error are equally frequent. This is the harder one. Wanted: 95 % of each.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.npz import save_npz
from feed_dataset.core.jobs.progress import ProgressBar
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.casting import cast
from feed_dataset.synthetic.takes.moments import Stills, moments
from feed_dataset.synthetic.takes.settings import VERSION

FRONTAL_DEG = 15.0
PER_STEM = {"MAU_mild": 1, "MAU_strong": 2, "blinks": 1, "eyes": 1, "FF_NR": 1, "tongue_em": 1, "random": 2}


@dataclass(frozen=True)
class IdentityFigures:
    """How well distances between descriptors tell people apart."""

    same_mean: float
    different_mean: float
    ranked_right: float  # share of (same, different) pairs of pairs
    eer: float  # equal error rate
    threshold: float  # L2 distance at the EER

    @property
    def classified_right(self) -> float:
        return 1 - self.eer


def frontal_expressions(subject: str) -> Iterator[Expression]:
    """Neutral, then the moments of every task in which the head looks ahead."""
    yield Expression()
    for stem, count in PER_STEM.items():
        for moment in moments(stem, subject, count=count):
            if max(abs(angle) for angle in moment.expression.head_deg[:2]) < FRONTAL_DEG:
                yield moment.expression


def frontal_frames(subject: str, size_px: int, *, limit: int | None = None, threads: int = 1) -> np.ndarray:
    """Pictures uint8 [n, size, size, 3] of one person, at most `limit`."""
    stills = Stills(subject, size_px, threads=threads)
    chosen = list(frontal_expressions(subject))[:limit]
    return np.stack([stills.picture(expression) for expression in chosen])


def describe(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether a face was found, bool [n], and its descriptor, float32 [n, 128], NaN where not."""
    from feed_dataset.core.faces import FaceEmbedder, FaceNetworks, find_face

    networks, embedder = FaceNetworks.load(), FaceEmbedder.load()
    found = np.array([len(networks.detector(frame)) > 0 for frame in frames])
    landmarks = np.full((len(frames), 468, 3), np.nan)
    for index, frame in enumerate(frames):
        face, _ = find_face(frame, networks)
        if face is not None:
            landmarks[index] = face.points_px
    return found, embedder(frames, landmarks)


def identity_figures(descriptors: np.ndarray, owners: np.ndarray) -> IdentityFigures:
    """Figures of descriptors [n, 128] of people `owners` [n]; rows with NaN are left out."""
    valid = np.isfinite(descriptors).all(1)
    descriptors, owners = descriptors[valid], owners[valid]
    first, second = np.triu_indices(len(owners), 1)
    distance = np.linalg.norm(descriptors[first] - descriptors[second], axis=1)
    same = np.sort(distance[owners[first] == owners[second]])
    different = np.sort(distance[owners[first] != owners[second]])
    if not len(same) or not len(different):
        raise ValueError(f"expected several frames of several people but got owners {np.unique(owners)}")
    ranked = np.searchsorted(different, same, side="right")
    thresholds = np.concatenate([same, different])
    missed = 1 - np.searchsorted(same, thresholds, side="right") / len(same)
    mistaken = np.searchsorted(different, thresholds, side="right") / len(different)
    best = int(np.argmin(np.abs(missed - mistaken)))
    return IdentityFigures(
        same_mean=float(same.mean()),
        different_mean=float(different.mean()),
        ranked_right=float(1 - ranked.mean() / len(different)),
        eer=float((missed[best] + mistaken[best]) / 2),
        threshold=float(thresholds[best]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=23)
    parser.add_argument("--seed", type=int, default=0, help="of who they are")
    parser.add_argument("--size", type=int, default=512, metavar="PX")
    parser.add_argument("--frames", type=int, help="per person at most (default: all, about 10)")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    home = Path(os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed") / f"bench-synthetic-{VERSION}"
    people = cast(arguments.people, seed=arguments.seed)
    found, descriptors, owners = [], [], []
    with ProgressBar(len(people), "people") as bar:
        for number, name in enumerate(people):
            key = hashlib.sha256(f"{name} {arguments.size} {arguments.frames}".encode()).hexdigest()[:16]
            path = home / f"{name}_{key}.npz"
            if not path.exists():
                frames = frontal_frames(name, arguments.size, limit=arguments.frames, threads=arguments.threads)
                faces, described = describe(frames)
                save_npz(path, {"found": faces, "descriptors": described})
            with np.load(path) as stored:
                found.append(stored["found"])
                descriptors.append(stored["descriptors"])
            owners.append(np.full(len(found[-1]), number))
            bar.advance(name, f"{found[-1].sum()}/{len(found[-1])} faces")
    faces, everybody = np.concatenate(found), np.concatenate(owners)
    figures = identity_figures(np.concatenate(descriptors), everybody)
    print(f"people                        {len(people)}: {' '.join(people)}")
    print(f"frontal frames                {len(faces)} at {arguments.size} px")
    print(f"face detected                 {faces.mean():.4f}   (wanted 0.98)")
    print(f"L2 same / different           {figures.same_mean:.3f} / {figures.different_mean:.3f}")
    print(f"ranked right (AUC)            {figures.ranked_right:.4f}   (wanted 0.95)")
    print(f"classified right at the EER   {figures.classified_right:.4f}   (wanted 0.95; at {figures.threshold:.3f})")
    _print_closest(np.concatenate(descriptors), everybody, people)


def _print_closest(descriptors: np.ndarray, owners: np.ndarray, people: tuple[str, ...]) -> None:
    means = np.stack([np.nanmean(descriptors[owners == number], axis=0) for number in range(len(people))])
    distance = np.linalg.norm(means[:, None] - means[None], axis=2)
    first, second = np.triu_indices(len(people), 1)
    closest = np.argsort(distance[first, second])[:5]
    pairs = ", ".join(f"{people[first[k]]}-{people[second[k]]} {distance[first[k], second[k]]:.2f}" for k in closest)
    print(f"most alike (mean descriptors) {pairs}")


if __name__ == "__main__":
    main()
