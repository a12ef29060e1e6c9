"""ColorVideoVDP (Mantiuk et al. 2024) through its package: one frame after the other, so that memory is flat.

The package's own call takes whole videos. Its steps are public: a frame is read with those before it through the
temporal filters, compared in bands and channels, and these are pooled. What is left for the metric is the pooling over
time, whose numbers are `benchmark.metrics.jod`'s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from feed_dataset.core.jobs.errors import FeedError

VERSION = "0.5.7"
"""Of the published parameters; other ones are another metric."""

_COLOURS = "DKLd65"  # the space that the package compares in
_STILL_CHANNELS, _MOVING_CHANNELS = 3, 4  # luminance, two of colour, and what changes


class VisibleDifferences:
    """The model for one screen.

    Args:
        model: `pycvvdp.cvvdp`.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, display: str, *, device: str = "cpu") -> VisibleDifferences:
        """Open the installed package.

        Raises:
            FeedError: it has other parameters than those that the metric was made for.
        """
        import pycvvdp
        import torch

        model = pycvvdp.cvvdp(display_name=display, quiet=True, device=torch.device(device))
        if model.version != VERSION:
            raise FeedError(f"expected cvvdp with the parameters of {VERSION} but got those of {model.version}")
        return cls(model)

    @property
    def pixels_per_degree(self) -> float:
        """Of the screen where it is looked at."""
        return float(self._model.pix_per_deg)

    def begin(self, fps: float, *, is_image: bool) -> DifferencesOfVideo:
        """Two videos from their first frames on; single pictures have no filters over time."""
        return DifferencesOfVideo(self._model, fps, is_image)


class DifferencesOfVideo:
    """A comparison of two videos, whose frames come in order."""

    def __init__(self, model: Any, fps: float, is_image: bool) -> None:
        from pycvvdp.cvvdp_metric import cvvdp_frame_buffers

        self._model, self._fps, self._is_image = model, fps, is_image
        self._buffers = cvvdp_frame_buffers()
        self._count = 0
        self._pyramid: Any = None

    def __call__(
        self,
        output: np.ndarray,  # uint8 [B, H, W, 3] RGB
        reference: np.ndarray,  # uint8 [B, H, W, 3] RGB
    ) -> np.ndarray:
        """Visible difference of each frame, pooled over bands and channels, float32 [B]."""
        import torch

        with torch.inference_mode():
            return np.array([self._next(a, b) for a, b in zip(output, reference, strict=True)], np.float32)

    def _next(self, output: np.ndarray, reference: np.ndarray) -> float:
        model, size = self._model, (*output.shape[:2], 1 if self._is_image else 2)
        if self._pyramid is None:
            self._open(*output.shape[:2])
        frames = _Pair(self._count, output, reference, model.display_photometry, size)
        channels = _STILL_CHANNELS if self._is_image else _MOVING_CHANNELS
        seen = model.read_block_of_frames(frames, channels, self._buffers, 1, _COLOURS, self._count, 1)
        still = 1 if self._is_image else 2
        differences, _ = model.process_block_of_frames(seen, size, still, self._pyramid, self._is_image)
        self._count += 1
        return float(_pooled(model, differences))

    def _open(self, height: int, width: int) -> None:
        """The pyramid of this size, and the filters of this rate: the model holds those of the video at hand."""
        from pycvvdp.lpyr_dec import weber_contrast_pyr

        model = self._model
        self._pyramid = weber_contrast_pyr(width, height, model.pix_per_deg, model.device, contrast=model.contrast)
        if not self._is_image:
            model.F, _ = model.get_temporal_filters(self._fps)
            model.filter_len = model.F[0].numel()


def _pooled(model: Any, differences: Any) -> Any:
    """Bands, then channels, as the package's `do_pooling_and_jods` before it pools frames.

    Args:
        differences: [1, channels, 1, bands].
    """
    import torch

    channels = differences.shape[1]
    weights = torch.ones_like(differences)
    weights[:, :, 0, -1] = model.baseband_weight[:channels]
    weighted = differences * model.get_ch_weights(channels) * weights
    of_channels = model.lp_norm(weighted, model.beta_sch, dim=3, normalize=False)
    return model.lp_norm(of_channels, model.beta_tch, dim=1, normalize=False).squeeze()


class _Pair:
    """One frame of both videos where the package wants to read frames of videos."""

    def __init__(
        self, number: int, output: np.ndarray, reference: np.ndarray, screen: Any, size: tuple[int, int, int]
    ) -> None:
        self._number, self._output, self._reference = number, output, reference
        self._screen, self._size = screen, size

    def get_video_size(self) -> tuple[int, int, int]:
        """Height, width, frames; of frames only whether there is more than one matters."""
        return self._size

    def get_batch_size(self) -> int:
        return 1

    def get_test_frame(self, number: int, device: Any, colorspace: str) -> Any:
        return self._frame(number, self._output, device, colorspace)

    def get_reference_frame(self, number: int, device: Any, colorspace: str) -> Any:
        return self._frame(number, self._reference, device, colorspace)

    def _frame(self, number: int, frame: np.ndarray, device: Any, colorspace: str) -> Any:
        import torch

        if number != self._number:
            raise ValueError(f"expected frame {self._number} to be read but got {number}")
        pixels = torch.from_numpy(np.ascontiguousarray(frame)).to(device).permute(2, 0, 1)[None, :, None]
        return self._screen.source_2_target_colorspace(pixels.float() / 255, colorspace)
