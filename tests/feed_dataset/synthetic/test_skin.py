"""Skin maps, hair masks and the small building blocks under them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from feed_dataset.synthetic.rig.ambient_occlusion import bake_ambient_occlusion
from feed_dataset.synthetic.rig.head import SharedTopology
from feed_dataset.synthetic.rig.raster_gbuffer import gbuffer, interpolate
from feed_dataset.synthetic.rig.skin import SkinLook, bake_skin, tone_rgb
from feed_dataset.synthetic.rig.skin_masks import beard_mask, scalp_mask
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.vectors import (
    apply_affine,
    fit_affine,
    fit_sphere,
    linear_to_srgb,
    rotation_deg,
    smoothstep,
    srgb_to_linear,
    triangle_frames,
    vertex_normals,
)

LOOK = SkinLook(
    seed=1,
    tone=0.2,
    age_years=30,
    male=True,
    stubble=0.0,
    hair_rgb=(0.1, 0.08, 0.06),
    bald=True,
    recede=0.0,
    freckles=0.0,
)


@pytest.fixture(scope="module")
def atlas_topology() -> SharedTopology:
    return SharedTopology(level=0, texture_px=128)


def face_mean(topology: SharedTopology, look: SkinLook, mask: np.ndarray | None = None) -> np.ndarray:
    albedo = bake_skin(topology.atlas, look).albedo.astype(float)
    points = topology.atlas.head
    face = (points[..., 2] > 1.0) & (points[..., 1] > 6.3) & (points[..., 1] < 7.9)
    return albedo[face if mask is None else mask].mean(0)


def test_map_shapes(atlas_topology: SharedTopology) -> None:
    maps = bake_skin(atlas_topology.atlas, LOOK)
    assert maps.albedo.shape == (256, 128, 3)
    assert maps.detail.shape == (256, 128, 4)
    assert maps.torso.shape == (128, 128, 3)
    assert {maps.albedo.dtype, maps.detail.dtype, maps.torso.dtype} == {np.dtype(np.uint8)}


def test_darker_tone_gives_darker_skin(atlas_topology: SharedTopology) -> None:
    means = [face_mean(atlas_topology, dataclasses.replace(LOOK, tone=tone)).sum() for tone in (0.0, 0.5, 1.0)]
    assert means[0] > means[1] + 50 > means[2] + 100
    assert np.all(np.diff([tone_rgb(t).sum() for t in np.linspace(0, 1, 20)]) < 0)


def test_lips_are_redder_than_the_face(atlas_topology: SharedTopology) -> None:
    lips = face_mean(atlas_topology, LOOK, atlas_topology.atlas.masks["lips"] > 0.9)
    face = face_mean(atlas_topology, LOOK)
    assert lips[0] / lips[1] > face[0] / face[1] + 0.1


def test_stubble_darkens_the_jaw_only(atlas_topology: SharedTopology) -> None:
    points, shaved = atlas_topology.atlas.head, bake_skin(atlas_topology.atlas, LOOK).torso
    noise = ValueNoise(LOOK.seed)
    jaw = beard_mask(points, noise) > 0.9
    forehead = (points[..., 1] > 7.6) & (points[..., 1] < 7.8) & (points[..., 2] > 1.1)
    stubbled = dataclasses.replace(LOOK, stubble=1.0)
    assert face_mean(atlas_topology, stubbled, jaw).sum() < face_mean(atlas_topology, LOOK, jaw).sum() - 60
    change = face_mean(atlas_topology, stubbled, forehead) - face_mean(atlas_topology, LOOK, forehead)
    assert np.abs(change).max() < 4  # only the moles move, which are drawn after the stubble
    assert shaved.any()


def test_age_deepens_the_static_relief(atlas_topology: SharedTopology) -> None:
    young, old = (bake_skin(atlas_topology.atlas, dataclasses.replace(LOOK, age_years=age)).detail for age in (20, 80))
    assert old[..., 0].astype(float).std() > 1.5 * young[..., 0].astype(float).std()
    assert np.array_equal(old[..., 1], young[..., 1])


def test_masks_cover_the_right_places() -> None:
    noise = ValueNoise(0)
    places = np.array(
        [[0, 8.45, 0.4], [0, 7.3, 1.5], [0, 6.4, 1.45], [0, 6.68, 1.5], [0.1, 6.79, 1.5]], np.float32
    )  # crown, nose root, chin, lips, moustache
    scalp, beard = scalp_mask(places, noise, 0.0), beard_mask(places, noise)
    assert scalp[0] > 0.99 and scalp[1:].max() < 0.01
    assert beard[2] > 0.9 and beard[4] > 0.9 and beard[[0, 1]].max() < 0.01 and beard[3] < 0.3
    assert scalp_mask(places, noise, 1.0)[0] < 0.1


def test_noise_has_unit_variance_and_is_seeded() -> None:
    points = np.random.default_rng(0).uniform(0, 40, (20000, 3)).astype(np.float32)
    values = ValueNoise(3)(points, 1.0)
    assert abs(values.mean()) < 0.1 and values.std() == pytest.approx(1, abs=0.35)
    assert np.array_equal(values, ValueNoise(3)(points, 1.0))
    assert not np.allclose(values, ValueNoise(4)(points, 1.0))
    assert ValueNoise(3).fractal(points, 1.0, 4).std() == pytest.approx(1, abs=0.35)
    near = ValueNoise(3)(points + np.float32(1e-3), 1.0)
    assert np.abs(near - values).max() < 0.05


def test_gbuffer_keeps_the_nearest_triangle_and_interpolates() -> None:
    xy = np.array([[0, 0], [8, 0], [0, 8], [0, 0], [8, 0], [0, 8]], np.float32)
    z = np.array([2, 2, 2, 1, 1, 1], np.float32)
    triangles = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    ids, barycentric, depth = gbuffer(xy, z, np.ones(6), triangles, 8, 8)
    assert set(np.unique(ids)) == {-1, 1}
    assert depth[0, 0] == 1 and np.isinf(depth[7, 7])
    image = interpolate(xy, triangles, ids, barycentric)
    assert np.allclose(image[2, 3], [3.5, 2.5], atol=1e-5)
    assert np.all(image[ids < 0] == 0)


def test_ambient_occlusion_of_a_bowl() -> None:
    radius, turns = np.meshgrid(np.linspace(0.02, 1, 24), np.linspace(0, 2 * np.pi, 40), indexing="ij")
    depth = np.sqrt(np.maximum(1.05 - radius**2, 0))  # half sphere, open upwards
    bowl = np.stack([radius * np.cos(turns), radius * np.sin(turns), -depth], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(23), np.arange(39), indexing="ij")
    a = (i * 40 + j).ravel()
    triangles = np.concatenate([np.stack([a, a + 40, a + 41], 1), np.stack([a, a + 41, a + 1], 1)]).astype(np.int32)
    inside = bake_ambient_occlusion(bowl, -bowl / np.linalg.norm(bowl, axis=1, keepdims=True), triangles)
    outside = bake_ambient_occlusion(bowl, bowl / np.linalg.norm(bowl, axis=1, keepdims=True), triangles)
    assert outside[:400].mean() > 0.95
    assert inside[:400].mean() < 0.75


def test_small_maths() -> None:
    assert np.allclose(linear_to_srgb(srgb_to_linear(np.linspace(0, 1, 11))), np.linspace(0, 1, 11), atol=1e-5)
    assert smoothstep(0.0, 1.0, np.array([-1, 0.5, 2])).tolist() == [0, 0.5, 1]
    assert smoothstep(1.0, 0.0, np.array([0.25]))[0] > 0.5
    assert np.allclose(rotation_deg(yaw=90) @ [0, 0, 1], [1, 0, 0])
    assert np.allclose(rotation_deg(pitch=90) @ [0, 0, 1], [0, -1, 0])
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 3))
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    centre, radius = fit_sphere(directions * 2.5 + [1, 2, 3])
    assert np.allclose(centre, [1, 2, 3]) and radius == pytest.approx(2.5)
    turned = points @ rotation_deg(10, 20, 30).T + [1, 0, 0]
    assert np.allclose(apply_affine(points, fit_affine(points, turned)), turned)
    triangle = np.array([[0, 1, 2]])
    origins, frames = triangle_frames(points, triangle, np.array([[0.2, 0.3, 0.5]]))
    assert np.allclose(frames[0] @ frames[0].T, np.eye(3)) and np.linalg.det(frames[0]) == pytest.approx(1)
    assert np.allclose(origins[0], points[:3].T @ [0.2, 0.3, 0.5])
    assert np.allclose(vertex_normals(np.eye(3), triangle), 1 / np.sqrt(3))
