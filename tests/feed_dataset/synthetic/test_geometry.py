"""The posed geometry of a head: blendshapes, pose, gaze, tongue, teeth and strands."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from feed_dataset.synthetic.people.subjects import SUBJECTS, random_subject
from feed_dataset.synthetic.rig.assets import AssetsError
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.scene.types import SEGMENTS, SIDES, Expression, Strands, TongueBend
from feed_dataset.synthetic.scene.vectors import rotation_deg

# Fast person: fewest strands.
PLAIN = dataclasses.replace(SUBJECTS["S01"], hair="bald")


@pytest.fixture(scope="module")
def plain(topology: SharedTopology) -> Head:
    return Head(topology, PLAIN)


def skin(head: Head, **controls: float) -> np.ndarray:
    return head.pose(Expression(controls)).skin_positions


def test_shapes_and_dtypes(head: Head, topology: SharedTopology) -> None:
    frame = head.pose(Expression())
    count = len(topology.canonical)
    assert frame.skin_positions.shape == frame.skin_normals.shape == (count, 3)
    assert topology.triangles.max() == count - 1
    for array in (topology.uv, topology.mouth, topology.cloth, topology.head_flag, topology.segments):
        assert len(array) == count
    assert head.ambient_occlusion.shape == (count,)
    assert set(frame.strands) == {"hair", "brow", "beard", "lash"}
    float_arrays = [frame.skin_positions, frame.skin_normals, frame.tongue_positions, frame.tongue_normals]
    float_arrays += [*frame.teeth.values(), frame.wrinkles_left, frame.head_matrix]
    for strands in frame.strands.values():
        float_arrays += [strands.points, strands.width, strands.tint, strands.ao]
    for array in float_arrays:
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


def test_skin_normals_are_unit_and_point_out_of_the_face(head: Head) -> None:
    frame = head.pose(Expression())
    assert np.allclose(np.linalg.norm(frame.skin_normals, axis=1), 1, atol=1e-4)
    nose_tip = np.argmax(np.where(head.topology.segments == SEGMENTS["nose"], frame.skin_positions[:, 2], -9))
    assert frame.skin_normals[nose_tip, 2] > 0.8


def test_origin_is_between_the_eyes(head: Head) -> None:
    eyes = head.pose(Expression()).eyes
    middle = (eyes["l"].centre + eyes["r"].centre) / 2
    assert abs(middle[0]) < 0.02
    assert abs(middle[1] - 0.12) < 0.05
    assert eyes["l"].centre[0] > 0 > eyes["r"].centre[0]


def follows_blendshapes(topology: SharedTopology) -> np.ndarray:  # bool [V]
    """Skin that nothing else moves: cloth is offset along normals, lids slide on the eyeball, the mouth retreats."""
    points = topology.mouth_points == 0
    for side in SIDES:
        points[topology.lid_points[side]] = points[topology.socket_points[side]] = False
    return points[topology.body.point_of_vertex] & (topology.cloth == 0)


@pytest.mark.parametrize("name", ["jawOpen", "mouthSmileLeft", "browInnerUp", "noseSneerRight", "cheekPuff"])
def test_each_blendshape_is_linear(plain: Head, name: str) -> None:
    rest = skin(plain)
    half, whole = skin(plain, **{name: 0.5}) - rest, skin(plain, **{name: 1.0}) - rest
    bare = follows_blendshapes(plain.topology)
    assert np.abs(whole[bare]).max() > 0.02
    assert np.allclose(whole[bare], 2 * half[bare], atol=2e-5)


def test_blendshapes_add_up(plain: Head) -> None:
    rest, bare = skin(plain), follows_blendshapes(plain.topology)
    apart = (skin(plain, jawOpen=0.4) - rest) + (skin(plain, mouthSmileLeft=0.7) - rest)
    together = skin(plain, jawOpen=0.4, mouthSmileLeft=0.7) - rest
    assert np.allclose(apart[bare], together[bare], atol=2e-5)


def test_all_52_coefficients_move_the_head(plain: Head) -> None:
    rest = plain.pose(Expression())
    assert len(plain.topology.coefficient_names) == 52
    for name in plain.topology.coefficient_names:
        frame = plain.pose(Expression({name: 1.0}))
        moved = np.abs(frame.skin_positions - rest.skin_positions).max()
        moved = max(moved, np.abs(frame.tongue_positions - rest.tongue_positions).max())
        assert moved > 0.005, name


@pytest.mark.parametrize("control", ["mouthSmile", "eyeBlink", "browDown", "noseSneer", "cheekSquint", "mouthFrown"])
def test_mirrored_controls_move_mirrored_vertices(topology: SharedTopology, plain: Head, control: str) -> None:
    rest = skin(plain)
    left = np.linalg.norm(skin(plain, **{f"{control}Left": 1.0}) - rest, axis=1)
    right = np.linalg.norm(skin(plain, **{f"{control}Right": 1.0}) - rest, axis=1)
    x = topology.canonical[:, 0]
    assert x[np.argmax(left)] > 0 > x[np.argmax(right)]
    mirrored = topology.canonical * (-1, 1, 1)
    twin = np.argmin(((topology.canonical[:, None, :] - mirrored[None, left > 0.03]) ** 2).sum(-1), axis=0)
    assert np.allclose(right[twin], left[left > 0.03], atol=0.02)


@pytest.mark.parametrize("head_deg", [(35, 0, 0), (0, 20, 0), (0, 0, -15), (25, -10, 8)])
def test_the_skull_turns_by_the_asked_angle(plain: Head, head_deg: tuple[float, float, float]) -> None:
    rotation = plain.pose(Expression(head_deg=head_deg)).head_matrix[:3, :3]
    angle_deg = np.degrees(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))
    yaw, pitch, roll = head_deg
    asked = rotation_deg(pitch, yaw, -roll)
    asked_deg = np.degrees(np.arccos((np.trace(asked) - 1) / 2))
    assert angle_deg == pytest.approx(asked_deg, abs=0.75)  # exact about one axis; bones compose otherwise
    if sum(map(bool, head_deg)) == 1:
        assert np.allclose(rotation, asked, atol=1e-5)


def test_signs_of_head_rotation(plain: Head) -> None:
    forward = np.array([0, 0, 1])
    assert (plain.pose(Expression(head_deg=(20, 0, 0))).head_matrix[:3, :3] @ forward)[0] > 0.3  # subject's left
    assert (plain.pose(Expression(head_deg=(0, 20, 0))).head_matrix[:3, :3] @ forward)[1] < -0.3  # down
    up = plain.pose(Expression(head_deg=(0, 0, 20))).head_matrix[:3, 1]
    assert up[0] > 0.3  # the crown leans to the subject's left


def test_the_chest_stays_when_the_head_turns(plain: Head) -> None:
    rest, turned = skin(plain), plain.pose(Expression(head_deg=(40, 0, 0))).skin_positions
    chest = plain.topology.canonical[:, 1] < 4.2
    assert np.abs(turned - rest)[chest].max() < 0.1
    nose = plain.topology.segments == SEGMENTS["nose"]
    assert np.linalg.norm(turned - rest, axis=1)[nose].min() > 0.5


def test_translation_moves_everything(head: Head) -> None:
    rest, moved = head.pose(Expression()), head.pose(Expression(translation_dm=(0.2, -0.1, 0.3)))
    for before, after in [
        (rest.skin_positions, moved.skin_positions),
        (rest.eyes["l"].vertices, moved.eyes["l"].vertices),
        (rest.teeth["lower"], moved.teeth["lower"]),
        (rest.tongue_positions, moved.tongue_positions),
        (rest.strands["hair"].points, moved.strands["hair"].points),
        (rest.strands["beard"].points, moved.strands["beard"].points),
        (rest.strands["lash"].points, moved.strands["lash"].points),
    ]:
        assert np.allclose(after - before, (0.2, -0.1, 0.3), atol=1e-5)


def test_gaze_turns_both_eyes_and_pulls_the_lids(plain: Head) -> None:
    rest, down = plain.pose(Expression()), plain.pose(Expression(gaze_deg=(15, 20)))
    for side in "lr":
        gaze = down.eyes[side].rotation[:, 2]
        assert np.degrees(np.arctan2(gaze[0], gaze[2])) == pytest.approx(15, abs=0.1)
        assert np.degrees(np.arcsin(-gaze[1])) == pytest.approx(20, abs=0.1)
        assert down.eyes[side].lid_heights[1] < rest.eyes[side].lid_heights[1] - 0.05


def test_blinking_shuts_the_lids(plain: Head) -> None:
    rest = plain.pose(Expression()).eyes["l"].lid_heights
    shut = plain.pose(Expression({"eyeBlinkLeft": 1.0})).eyes["l"].lid_heights
    assert shut[1] - shut[0] < 0.3 * (rest[1] - rest[0])


def test_tongue_protrudes_beyond_the_lips_and_bends_as_asked(plain: Head) -> None:
    coefficients = {"jawOpen": 0.35}
    lips = np.isin(plain.topology.segments, [SEGMENTS["upper_lip"], SEGMENTS["lower_lip"]])

    def tip(bend: TongueBend | None) -> tuple[np.ndarray, float]:
        frame = plain.pose(Expression(coefficients, tongue=bend))
        along = plain.pose(Expression()).tongue_positions[:, 2]
        return frame.tongue_positions[np.argmax(along)], frame.skin_positions[lips, 2].max()

    inside, lip_z = tip(None)
    straight, _ = tip(TongueBend(protrude=1.0))
    assert inside[2] < lip_z < straight[2] - 0.1
    assert tip(TongueBend(protrude=1.0, yaw_deg=50))[0][0] > straight[0] + 0.1
    assert tip(TongueBend(protrude=1.0, yaw_deg=-50))[0][0] < straight[0] - 0.1
    assert tip(TongueBend(protrude=1.0, pitch_deg=50))[0][1] > straight[1] + 0.1


def test_tongue_roll_and_widen(plain: Head) -> None:
    out = plain.pose(Expression({"jawOpen": 0.35}, tongue=TongueBend(protrude=1.0))).tongue_positions
    wide = plain.pose(Expression({"jawOpen": 0.35}, tongue=TongueBend(protrude=1.0, widen=0.5))).tongue_positions
    front = out[:, 2] > out[:, 2].max() - 0.15
    assert np.ptp(wide[front, 0]) > 1.2 * np.ptp(out[front, 0])
    rolled = plain.pose(Expression({"jawOpen": 0.35}, tongue=TongueBend(protrude=1.0, roll_deg=40)))
    assert np.ptp(rolled.tongue_positions[front, 1]) > 1.2 * np.ptp(out[front, 1])


def test_only_the_lower_teeth_follow_the_jaw(plain: Head) -> None:
    rest, opened = plain.pose(Expression()).teeth, plain.pose(Expression({"jawOpen": 1.0})).teeth
    assert np.array_equal(rest["upper"], opened["upper"])
    assert (rest["lower"][:, 1] - opened["lower"][:, 1]).mean() > 0.1
    assert rest["upper"].mean(0)[1] > rest["lower"].mean(0)[1]


def test_hair_is_rigid_and_the_beard_follows_the_jaw(head: Head) -> None:
    rest, opened = head.pose(Expression()).strands, head.pose(Expression({"jawOpen": 1.0})).strands
    assert np.array_equal(rest["hair"].points, opened["hair"].points)
    drop = rest["beard"].points[..., 1] - opened["beard"].points[..., 1]
    assert np.percentile(drop, 95) > 0.1
    turned = head.pose(Expression(head_deg=(30, 0, 0)))
    back = (turned.strands["hair"].points - turned.head_matrix[:3, 3]) @ turned.head_matrix[:3, :3]
    assert np.allclose(back, rest["hair"].points, atol=1e-4)


def test_strands_grow_where_they_should(head: Head) -> None:
    strands = head.pose(Expression()).strands
    assert strands["hair"].points[:, 0, 1].min() > -1.3
    eyes_y = 0.12
    assert strands["brow"].points[..., 1].min() > eyes_y
    assert strands["beard"].points[:, 0, 1].max() < 0.3
    left = strands["brow"].points[:, 0, 0] > 0
    assert 0.4 < left.mean() < 0.6
    for kind in ("hair", "beard", "brow"):
        lengths = np.linalg.norm(np.diff(strands[kind].points, axis=1), axis=-1).sum(1)
        assert 0.01 < np.median(lengths) < 3
    assert strands["hair"].ao.min() >= 0.22 and strands["hair"].ao.max() <= 1


def test_wrinkles_follow_their_side(plain: Head) -> None:
    frame = plain.pose(Expression({"browOuterUpLeft": 1.0, "noseSneerRight": 1.0, "mouthSmileLeft": 1.0}))
    assert frame.wrinkles_left.tolist() == pytest.approx([0.8, 0.0, 0.45, 0.0])
    assert frame.wrinkles_right.tolist() == pytest.approx([0.0, 0.8, 0.3, 0.0])


def test_mouth_lets_light_in_when_it_opens(plain: Head) -> None:
    openness = [plain.pose(Expression({"jawOpen": jaw})).mouth_openness for jaw in (0.0, 0.3, 0.6, 1.0)]
    assert openness == sorted(openness)
    assert openness[0] == pytest.approx(0.18) and openness[-1] == 1


def test_same_spec_gives_the_same_person(topology: SharedTopology) -> None:
    spec = random_subject(3)
    first, second = Head(topology, spec), Head(topology, spec)
    assert np.array_equal(first.maps.albedo, second.maps.albedo)
    assert np.array_equal(first.maps.detail, second.maps.detail)
    expression = Expression({"jawOpen": 0.3}, head_deg=(10, 5, 0), gaze_deg=(5, 5))
    a, b = first.pose(expression), second.pose(expression)
    assert np.array_equal(a.skin_positions, b.skin_positions)
    for kind in a.strands:
        assert np.array_equal(a.strands[kind].points, b.strands[kind].points)


def test_posing_leaves_no_trace(plain: Head) -> None:
    before = plain.pose(Expression())
    plain.pose(Expression({"jawOpen": 1.0}, tongue=TongueBend(protrude=1.0), head_deg=(30, 10, 5)))
    after = plain.pose(Expression())
    assert np.array_equal(before.skin_positions, after.skin_positions)
    assert np.array_equal(before.tongue_positions, after.tongue_positions)


def test_different_people_differ(topology: SharedTopology, plain: Head) -> None:
    other = Head(topology, dataclasses.replace(PLAIN, seed=4))
    assert np.abs(skin(other) - skin(plain)).max() > 0.05


def test_unknown_names_are_named(plain: Head) -> None:
    with pytest.raises(AssetsError, match="did you mean 'fu/jawOpen'"):
        plain.pose(Expression({"jawOpne": 1.0}))
    with pytest.raises(AssetsError, match="neck-platisma"):
        plain.pose(Expression(units={"neck-platisma": 1.0}))


def test_strands_reject_mismatched_arrays() -> None:
    points = np.zeros((5, 4, 3), np.float32)
    with pytest.raises(ValueError, match="expected ao"):
        Strands(points, np.zeros(5), np.zeros((5, 2)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match="tint"):
        Strands(points, np.zeros(5), np.zeros((5, 3)), np.zeros((5, 4)))


def test_topology_rejects_senseless_sizes() -> None:
    with pytest.raises(ValueError, match="level"):
        SharedTopology(level=9)
    with pytest.raises(ValueError, match="texture_px"):
        SharedTopology(texture_px=3)


@pytest.mark.parametrize("gaze_deg", [(0, 0), (25, 0), (0, 15)])
def test_lids_never_enter_the_eyeball(plain: Head, gaze_deg: tuple[float, float]) -> None:
    """Squints and snarls push the lower lid up through the ball; it has to slide over it."""
    squint = {f"{name}{side}": 1.0 for name in ("eyeSquint", "cheekSquint", "noseSneer") for side in ("Left", "Right")}
    topology = plain.topology
    frame = plain.pose(Expression(squint, head_deg=(20, 10, 5), gaze_deg=gaze_deg))
    points = np.zeros((len(topology.canonical_points), 3))
    points[topology.body.point_of_vertex] = frame.skin_positions
    front = frame.head_matrix[:3, 2]
    for side in SIDES:
        eye = frame.eyes[side]
        parts = ((topology.lid_points[side], (1.0149, 9.0)), (topology.socket_points[side], (0, 1.0001)))
        for chosen, allowed in parts:
            offset = points[chosen] - eye.centre
            distance = np.linalg.norm(offset, axis=1)
            in_front = offset @ front > 0.36 * distance
            assert in_front.any()
            low, high = distance[in_front].min() / eye.radius, distance[in_front].max() / eye.radius
            assert allowed[0] <= low and high <= allowed[1], side


def test_an_open_jaw_lays_the_tongue_down(plain: Head) -> None:
    heights = []
    for jaw in (0.1, 0.9):
        frame = plain.pose(Expression({"jawOpen": jaw}))
        heights.append(np.ptp(frame.tongue_positions[:, 1]))
    assert heights[1] < 0.95 * heights[0]
