"""Motion readers and a generator that were trained apart, in one model."""

from __future__ import annotations

from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.training.data import TrainingSet
from model.training.point_readers import PointReaders

READERS = ("pose_net", "motion_encoder")


def join(readers: EMOPortraits, generator: EMOPortraits, data: TrainingSet) -> EMOPortraits:
    """The generator with the networks in READERS of the other model, and what is in closed form computed for them.

    Args:
        readers, generator: models with face points, each from a run in which only its own phase was trained.
        data: the set that both were trained on.

    Raises:
        ModelError: their sizes differ, or they read no face points.
    """
    if readers.config != generator.config:
        raise ModelError("expected two models of the same sizes but theirs differ")
    if not generator.config.point_modes:
        raise ModelError("expected models that read face points: in others all networks are trained together")
    taken = {n: v for n, v in readers.state_dict().items() if n.split(".", 1)[0] in READERS}
    generator.load_state_dict(taken, strict=False)
    PointReaders(generator, data).finish(generator)
    generator.provenance = {
        "data": readers.provenance.get("data"), "trained_on": [data.described], "identities": data.identities,
        "states": data.states, "sizes": generator.provenance.get("preset"), "readers": readers.provenance,
        "generator": generator.provenance,
    }  # fmt: skip
    return generator
