"""What a trained model does with people whom it never saw, against pictures that are true to the pixel."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from model.networks.emoportraits import EMOPortraits
from model.networks.pose import HeadPose
from model.training.corpora import landmark_parts
from model.training.latents import latent_spread
from model.training.losses.own_perceptual import load_own
from model.training.losses.perceptual import ImageLoss
from model.training.people import Person
from scripts.ablation_parts.people import Roles
from scripts.ablation_parts.rows import IMAGE_SCALES

STRONGEST = 3
"""States of each held-out person that drive: those that move the face most. The source is what moves it least."""


Drive = Callable[[Person, int, Person, list[int]], Tensor]
"""Source person and state, driver and its states -> pictures [n, 3, S, S] of the source in these states."""


def measure(model: EMOPortraits, roles: Roles) -> dict[str, float]:
    """Numbers of one model: of `judge`, and `auc_z` and `components_99` over all pictures of the held-out people."""

    def drive(source: Person, state: int, driver: Person, states: list[int]) -> Tensor:
        identity = model.encode_source(source.picture(state).unsqueeze(0), source.pose(state))
        image: Tensor = model.render(identity.repeat(len(states)), _z(model, driver, states), _poses(source, states))
        return image.clamp(0, 1)

    with torch.no_grad():
        people = [roles.people.person(number) for number in roles.held_out]
        latents = [_z(model, person, range(roles.people.states)) for person in people]
    return judge(drive, roles) | latent_spread(torch.cat(latents))


def measure_unmoved(roles: Roles) -> dict[str, float]:
    """Numbers of the source as it is, which is what has to be beaten."""
    return judge(lambda source, state, _, states: source.picture(state).expand(len(states), -1, -1, -1), roles)


@torch.no_grad()
def judge(drive: Drive, roles: Roles) -> dict[str, float]:
    """Pictures against the truth, mean over held-out people.

    `self_*`: a person's weakest state driven by the strongest ones, against them. `cross_*`: the same driver on the
    person who shares its states, against that person in that state: `cross_parts_l1` inside eyes and mouth alone, which
    is what the expression moves. `identity`: how much nearer the picture is to that truth than to the driver's own
    picture, from 0 (it is the driver) to 1; 0.5 is in the middle.
    """
    perceptual = ImageLoss(load_own(), IMAGE_SCALES)
    companions = roles.people.companions()
    sums: dict[str, list[Tensor]] = {}
    for number in roles.held_out:
        person = roles.people.person(number)
        weakest, strongest = _states(person)
        image = drive(person, weakest, person, strongest)
        values = _judged(perceptual, image, _pictures(person, strongest), "self")
        for other in companions[number]:
            if other in roles.held_out:
                somebody = roles.people.person(other)
                image, truth = drive(somebody, weakest, person, strongest), _pictures(somebody, strongest)
                values |= _judged(perceptual, image, truth, "cross")
                values["cross_parts_l1"] = _inside((image - truth).abs(), _eyes_and_mouth(somebody, strongest))
                values["identity"] = _nearer(perceptual, image, truth, _pictures(person, strongest))
        for name, value in values.items():
            sums.setdefault(name, []).append(value)
    return {name: float(torch.stack(value).mean()) for name, value in sums.items()}


def _states(person: Person) -> tuple[int, list[int]]:
    order = person.moved.argsort()
    return int(order[0]), [int(state) for state in order[-STRONGEST:]]


def _pictures(person: Person, states: list[int] | range) -> Tensor:  # [n, 3, S, S]
    return torch.stack([person.picture(state) for state in states])


def _poses(person: Person, states: list[int] | range) -> HeadPose:
    poses = [person.pose(state) for state in states]
    return HeadPose(
        torch.cat([pose.scale for pose in poses]),
        torch.cat([pose.rotation for pose in poses]),
        torch.cat([pose.translation for pose in poses]),
    )


def _z(model: EMOPortraits, person: Person, states: list[int] | range) -> Tensor:  # [n, Z]
    z: Tensor = model.motion_encoder(_pictures(person, states), _poses(person, states))
    return z


def _judged(perceptual: ImageLoss, image: Tensor, truth: Tensor, prefix: str) -> dict[str, Tensor]:
    square = (image - truth).square().mean(dim=(1, 2, 3))
    return {
        f"{prefix}_l1": (image - truth).abs().mean(),
        f"{prefix}_psnr_db": (-10 * square.clamp_min(1e-10).log10()).mean(),
        f"{prefix}_perceptual": perceptual(image, truth),
    }


def _eyes_and_mouth(person: Person, states: list[int]) -> Tensor:  # [n, 1, S, S]
    masks = [landmark_parts(torch.from_numpy(person.landmarks68[state]), person.images.shape[1]) for state in states]
    return torch.stack([mask[:2].amax(dim=0, keepdim=True) for mask in masks])


def _inside(difference: Tensor, mask: Tensor) -> Tensor:
    return (difference * mask).sum() / (3 * mask.sum()).clamp_min(1)


def _nearer(perceptual: ImageLoss, image: Tensor, truth: Tensor, driver: Tensor) -> Tensor:
    shares = []
    for one, mine, theirs in zip(image.split(1), truth.split(1), driver.split(1), strict=True):
        to_truth, to_driver = perceptual(one, mine), perceptual(one, theirs)
        shares.append(to_driver / (to_truth + to_driver))
    return torch.stack(shares).mean()
