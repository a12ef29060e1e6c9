"""MegaPortraits, on which EMOPortraits builds: the same networks in other sizes."""

from __future__ import annotations

from baselines.reference.emoportraits import EmoPortraits
from baselines.reference.weights import MEGAPORTRAITS


class MegaPortraits(EmoPortraits):
    """MegaPortraits (Drobyshev et al., 2022), driven absolutely, as in its paper.

    Args:
        model: a model folder or a hub id; the default is the `megaportraits-mini` that the package ships. Its authors
            published no weights.

    Raises:
        MethodUnavailable: no such weights, or those of the other graph.
    """

    name = "megaportraits"
    version = 2
    graph = MEGAPORTRAITS
    paper = "arXiv:2207.07621"
