"""The losses of section 9.3 that compare pictures: the generator, which is not trained, renders what speech says."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.speech.expression.batches import ClipBatch
from model.speech.expression.losses import (
    CELEBAMASK_REGIONS,
    PICTURE_TERMS,
    hard_regions,
    lips_l1,
    mouth_regions,
    picture_l1,
    region_bce,
)
from model.training.losses.perceptual import FaceLoss


class PictureLosses(nn.Module):
    """Eq. 12 and 14 of some frames of each clip, in the head poses that these have.

    Args:
        terms: of "l1", "face", "bce", "lips".
        generator: whose motion encoder is the teacher; frozen here.
        face: for "face".
        parser: for "bce" and "lips": pictures [B, 3, S, S] in [0, 1] to scores of labels [B, L, S, S]; frozen here.
        regions: its labels of upper lip, lower lip and inner mouth.

    Raises:
        ModelError: a term without its network.
    """

    def __init__(
        self,
        terms: Collection[str],
        generator: EMOPortraits,
        face: FaceLoss | None = None,
        parser: nn.Module | None = None,
        regions: tuple[int, int, int] = CELEBAMASK_REGIONS,
    ) -> None:
        super().__init__()
        self.terms, self.generator, self.face, self.parser = frozenset(terms), generator, face, parser
        self.regions = regions
        lacking = [name for name, network in (("face", face), ("bce", parser), ("lips", parser))
                   if name in self.terms and network is None]  # fmt: skip
        if lacking or not self.terms <= set(PICTURE_TERMS):
            unknown = sorted(self.terms - set(PICTURE_TERMS))
            raise ModelError(f"expected losses with their networks but {', '.join(lacking + unknown)} has none")
        self.eval().requires_grad_(False)

    def forward(
        self,
        batch: ClipBatch,
        z: Tensor,  # [B, T, Z] of the encoder
    ) -> dict[str, Tensor]:
        """The terms, before weighting; gradients reach z alone."""
        assert batch.first is not None and batch.places is not None and batch.pictures is not None
        count = batch.places.shape[1]
        target = batch.pictures.flatten(0, 1)
        with torch.no_grad():
            identity = self.generator.encode_source(batch.first).repeat(count)
            pose, _ = self.generator.read_motion(target)
        shown = z.gather(1, batch.places.unsqueeze(-1).expand(-1, -1, z.shape[-1])).flatten(0, 1)
        return self._terms(self.generator.render(identity, shown, pose), target, pose)

    def _terms(self, image: Tensor, target: Tensor, pose: HeadPose) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        if "l1" in self.terms:
            found["l1"] = picture_l1(image, target)
        if "face" in self.terms:
            assert self.face is not None
            found["face"] = self.face(image, target, pose)
        if self.parser is not None and self.terms & {"bce", "lips"}:
            scores = self.parser(image)
            with torch.no_grad():
                true_regions = hard_regions(self.parser(target), self.regions)
            if "bce" in self.terms:
                found["bce"] = region_bce(mouth_regions(scores, self.regions), true_regions)
            if "lips" in self.terms:
                found["lips"] = lips_l1(image, target, hard_regions(scores, self.regions), true_regions)
        return found
