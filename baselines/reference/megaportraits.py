"""MegaPortraits, on which EMOPortraits builds: the same networks in other sizes, with weights of your own."""

from __future__ import annotations

from baselines.interface.errors import MethodUnavailable
from baselines.reference.emoportraits import EmoPortraits
from baselines.reference.weights import MEGAPORTRAITS


class MegaPortraits(EmoPortraits):
    """MegaPortraits (Drobyshev et al., 2022).

    Args:
        model: a model folder or a hub id. There is no default: its authors published no weights.

    Raises:
        MethodUnavailable: no weights were named, there are none, or they are of the other graph.
    """

    name = "megaportraits"
    version = 1
    graph = MEGAPORTRAITS
    paper = "arXiv:2207.07621"

    def __init__(self, model: str | None = None) -> None:
        if model is None:
            raise MethodUnavailable(
                "expected --model with weights of megaportraits: none were published; feed model train --preset"
                " megaportraits trains some, feed model convert-official converts a checkpoint of the published code"
            )
        super().__init__(model)
