"""What is done to a video so that the right answer of a metric is known: one function per kind of damage."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.conditions import DELAY_FRAMES

BLUR_SIGMA_PX = 4.0  # on faces of about 150 px: lids and lips lose their edges, the head stays
_MOUTH = (61, 291, 0, 17)  # landmarks: corners, upper and lower lip
_STILL = (33, 133, 362, 263, 6, 168)  # eye corners and bridge of the nose: no expression moves them
_FEATHER = 0.35  # of the mouth's size


def still(frames: np.ndarray) -> np.ndarray:
    """The first frame all the time: what copy-source gives."""
    return np.repeat(frames[:1], len(frames), axis=0)


def mirrored(frames: np.ndarray) -> np.ndarray:
    """Left and right exchanged."""
    return np.ascontiguousarray(frames[:, :, ::-1])


def blurred(frames: np.ndarray, sigma_px: float = BLUR_SIGMA_PX) -> np.ndarray:
    """Every frame through a Gaussian."""
    import cv2

    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma_px) for frame in frames])


def delayed(frames: np.ndarray, by_frames: int = DELAY_FRAMES) -> np.ndarray:
    """Every frame comes later; the first one waits."""
    return frames[np.maximum(np.arange(len(frames)) - by_frames, 0)]


def shuffled(frames: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same pictures in a random order. The first stays, because motion is measured relative to it."""
    order = 1 + np.random.default_rng(seed).permutation(len(frames) - 1)
    return frames[np.concatenate([[0], order])]


def frozen_mouth(
    frames: np.ndarray,  # uint8 [T, H, W, 3]
    landmarks_px: np.ndarray,  # float32 [T, 468, 3], finite
) -> np.ndarray:
    """The first frame's mouth, carried by the head's motion, over the mouth of every frame."""
    import cv2

    first = landmarks_px[0, :, :2]
    mask = _mouth_mask(first, frames.shape[1:3])
    out = frames.copy()
    for t in range(1, len(frames)):
        motion = _similarity(first[list(_STILL)], landmarks_px[t, list(_STILL), :2])
        size = (frames.shape[2], frames.shape[1])
        mouth = cv2.warpAffine(frames[0], motion, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.warpAffine(mask, motion, size)[..., None]
        out[t] = np.round(alpha * mouth + (1 - alpha) * frames[t]).astype(np.uint8)
    return out


def shifted_sound(samples: np.ndarray, shift: int) -> np.ndarray:
    """float32 [S]: the sound `shift` samples later (earlier if negative), silence where nothing is left."""
    out = np.zeros_like(samples)
    if abs(shift) < len(samples):
        if shift >= 0:
            out[shift:] = samples[: len(samples) - shift]
        else:
            out[:shift] = samples[-shift:]
    return out


def _mouth_mask(points: np.ndarray, hw: tuple[int, ...]) -> np.ndarray:
    """float32 [H, W] in [0, 1]: one around mouth and chin, soft at its border."""
    import cv2

    mouth = points[list(_MOUTH)]
    centre = mouth.mean(0)
    width = float(np.linalg.norm(points[61] - points[291]))
    chin = float(np.linalg.norm(points[152] - centre))
    mask = np.zeros(hw, np.float32)
    axes = (round(0.85 * width), round(1.05 * chin))
    cv2.ellipse(mask, (round(float(centre[0])), round(float(centre[1] + 0.25 * chin))), axes, 0, 0, 360, 1.0, -1)
    soft: np.ndarray = cv2.GaussianBlur(mask, (0, 0), max(_FEATHER * width / 3, 1.0))
    return soft


def _similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 [2, 3]: the rotation, scale and shift in the plane that best takes `source` [N, 2] to `target`."""
    a, b = source - source.mean(0), target - target.mean(0)
    norm = float((a**2).sum())
    cosine = float((a * b).sum()) / norm
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / norm
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.concatenate([linear, (target.mean(0) - linear @ source.mean(0))[:, None]], axis=1)
