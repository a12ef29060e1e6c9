"""Known values of flicker and jitter: steps that are chosen, points that shake, faces at a known place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.doctor.known_values.heads import RIGID_468, case, template, video
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, INDEPENDENT, KnownValue, of_case, of_function
from benchmark.features.types.case import FaceFeatures

_T, _GONE = 8, 3  # frame 3 of the output has no face: neither has frame 4 one before it
_KEPT = (1, 2, 5, 6)  # the output lacks the last frame


def known_values() -> tuple[KnownValue, ...]:
    """Means over steps that have both frames; what a step is, on pictures whose answer is known."""
    return (*_means(), _perceptual(), *_neighbours(), *_jitter(), *_followed(), *_sampled(), *_steps(), *_visible())


def _stepping(rows: np.ndarray) -> FaceFeatures:
    return video(None, (_GONE, _GONE + 1), {"face-steps": rows}, frames=len(rows))


def _means() -> list[KnownValue]:
    random = np.random.default_rng(51)
    output, driver = (random.uniform(0.5, 9, (_T, 2)).astype(np.float32) for _ in range(2))
    output[0] = driver[0] = np.nan
    where = case(_stepping(output[:-1]), video(None, arrays={"face-steps": driver}, frames=_T))
    apart = sum(abs(float(output[t, 0]) - float(driver[t, 0])) for t in _KEPT) / len(_KEPT)
    along = 1000 * sum(float(output[t, 1]) for t in _KEPT) / len(_KEPT)
    counted, name = {"scored": len(_KEPT), "due": _T - 1}, "steps drawn at random, one frame without a face"
    return [
        of_case("temporal_error", name, INDEPENDENT, where, apart, **counted),
        of_case("warping_error[dis]", name, INDEPENDENT, where, along, **counted, tolerance=1e-5 * along),
    ]


def _perceptual() -> KnownValue:
    random = np.random.default_rng(52)
    output, reference = (random.uniform(0, 0.3, (6, 1)).astype(np.float32) for _ in range(2))
    output[0] = reference[0] = np.nan
    truth = video(None, arrays={"lpips-steps[alex]": reference}, frames=6)
    made = video(None, arrays={"lpips-steps[alex]": output[:-1]}, frames=5)
    where = case(made, video(None, frames=6), reference=truth)
    expected = 1000 * sum(abs(float(output[t, 0]) - float(reference[t, 0])) for t in range(1, 5)) / 4
    name = "steps drawn at random, the last frame missing"
    return of_case("tlp[alex]", name, INDEPENDENT, where, expected, scored=4, due=5, tolerance=1e-5 * expected)


def _neighbours() -> list[KnownValue]:
    """A session that is fed in uneven batches says of each frame what two frames say of each other."""

    class Levels:
        """In the place of the network: the mean of one frame minus that of the next."""

        def between_neighbours(self, frames: np.ndarray) -> np.ndarray:
            level = frames.astype(np.float32).mean(axis=(1, 2, 3))
            return np.asarray(level[:-1] - level[1:])

    frames = np.random.default_rng(53).integers(0, 256, (11, 4, 5, 3), dtype=np.uint8)
    levels = [float(frame.mean()) for frame in frames]

    def of(place: int) -> Callable[[], float]:
        def ask() -> float:
            from benchmark.features.extractors.perceptual_steps import PerceptualSteps
            from benchmark.features.types.extractor import Batch

            session = PerceptualSteps(Levels())  # type: ignore[arg-type]
            for start, stop in ((0, 3), (3, 4), (4, 11)):
                blind = np.full((stop - start, 468, 3), np.nan, np.float32)
                session.push(Batch(frames[start:stop], blind, start))
            rows = session.finish()
            return float(rows[place, 0]) if np.isnan(rows[0]).all() and rows.shape == (11, 1) else float("nan")

        return ask

    return [
        of_function(
            "tlp[alex]", f"frame {t} and the one before", CLOSED_FORM, of(t), levels[t - 1] - levels[t], tolerance=1e-3
        )
        for t in (1, 3, 4, 8, 10)
    ]


def _jitter() -> list[KnownValue]:
    random = np.random.default_rng(54)
    base = template()[0] * [90, -90, -90] + [120, 160, 0]
    sides = []
    for size in (1.0, 2.5):
        shake = random.normal(0, size, (_T, 468, 3)) * random.uniform(0.5, 2, (_T, 1, 1))
        sides.append((base * np.linspace(0.8, 1.3, _T)[:, None, None] + shake).astype(np.float32))
    output, driver = sides
    where = case(video(output[:-1], (_GONE,)), video(driver))
    kept = (1, 5)  # middles of three frames that both have
    means = [sum(_acceleration(px, t) for t in kept) / len(kept) for px in (output, driver)]
    text, metric = "points that shake, one frame without a face", "jitter_error[mesh468]"
    found = [
        of_case(
            metric, text, INDEPENDENT, case(*pair), 100 * abs(means[0] - means[1]), scored=2, due=_T - 2, tolerance=1e-4
        )
        for pair in ((where.output, where.driver),)
    ]
    shaken = [video(one[:4]) for one in (driver, output)]
    of_four = [sum(_acceleration(px, t) for t in (1, 2)) / 2 for px in (driver, output)]
    value = 100 * abs(of_four[0] - of_four[1])
    found.append(
        of_case(
            metric, "an output that shakes more", INDEPENDENT, case(*shaken), value, scored=2, due=2, tolerance=1e-4
        )
    )
    short = video(driver[:2])
    found.append(of_case(metric, "two frames", EXACTLY, case(short, short), None))
    return found


def _acceleration(px: np.ndarray, t: int) -> float:
    total = 0.0
    for before, here, after in zip(px[t - 1].tolist(), px[t].tolist(), px[t + 1].tolist(), strict=True):
        total += sum((after[i] - 2 * here[i] + before[i]) ** 2 for i in range(2)) ** 0.5
    eyes = sum((float(px[t, 33, i]) - float(px[t, 263, i])) ** 2 for i in range(2)) ** 0.5
    return total / 468 / eyes


def _followed() -> list[KnownValue]:
    """A picture that is a plane over the head's own axes is the same plane in the crop, however the head lies."""
    head = template()[0][:, :2] * (1.0, -1.0)
    low, high = head.min(axis=0), head.max(axis=0)
    middle, width = (low + high) / 2, float(high[0] - low[0])
    found = []
    for name, degrees, scale in (("upright", 0.0, 90.0), ("lying on its side", 72.0, 60.0)):
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn, at = scale * np.array([[cosine, -sine], [sine, cosine]]), np.array([150.0, 140.0])
        points = np.zeros((468, 3), np.float32)
        points[:, :2] = (head - middle) @ turn.T + at
        y, x = np.mgrid[:300, :320]
        own = (np.stack([x, y], axis=-1) - at) @ np.linalg.inv(turn).T  # of each pixel, from the head's middle
        tilt = np.array([40.0, 25.0])
        frame = np.repeat(np.clip(120 + own @ tilt, 0, 255)[..., None], 3, axis=2).round().astype(np.uint8)
        for column, row in ((20, 30), (100, 90)):
            # The middle of the head is the middle of 128 px, and its width is 0.8 of them.
            place = (np.array([column, row]) - 63.5) * width / (0.8 * 128)
            ask = _pixel(frame, points, row, column)
            text, value = f"a plane under a head {name}, at {column}, {row}", float(120 + place @ tilt)
            found += [of_function(m, text, CLOSED_FORM, ask, value, tolerance=1.2) for m in _FOLLOWED]
    return found


def _sampled() -> list[KnownValue]:
    """A face whose points are each a little off, in a wavy picture: fitted by complex numbers, four samples a pixel."""
    random = np.random.default_rng(55)
    head = template()[0][:, :2] * (1.0, -1.0)
    low, high = head.min(axis=0), head.max(axis=0)
    places = (head - (low + high) / 2) * (0.8 * 128 / (high - low)[0]) + 63.5
    points = np.zeros((468, 3), np.float32)
    points[:, :2] = 1.4 * places + 30 + random.normal(0, 4, places.shape)
    y, x = np.mgrid[:260, :260].astype(float)
    frame = np.repeat((128 + 90 * np.sin(x / 2.2) * np.sin(y / 2.6)).round()[..., None], 3, axis=2).astype(np.uint8)
    rigid = list(RIGID_468)
    seen = points[rigid, 0].astype(float) + 1j * points[rigid, 1]
    wanted = 2 * (places[rigid, 0] + 1j * places[rigid, 1])
    a, b = seen - seen.mean(), wanted - wanted.mean()
    factor = (a.conj() @ b) / (a.conj() @ a).real
    found = []
    for row, column in ((40, 64), (80, 50), (100, 75)):
        samples = []
        for u, v in ((0, 0), (1, 0), (0, 1), (1, 1)):
            at = (2 * column + u + 1j * (2 * row + v) - wanted.mean()) / factor + seen.mean()
            left, top = int(at.real), int(at.imag)
            fx, fy = at.real - left, at.imag - top
            grey = frame[top : top + 2, left : left + 2, 0].astype(float)
            samples.append(float([1 - fy, fy] @ grey @ [1 - fx, fx]))
        text, value = f"a wavy picture at {column}, {row}", sum(samples) / 4
        ask = _pixel(frame, points, row, column)
        found += [of_function(m, text, INDEPENDENT, ask, value, tolerance=1.5) for m in _FOLLOWED]
    return found


_FOLLOWED = ("temporal_error", "warping_error[dis]")


def _pixel(frame: np.ndarray, points: np.ndarray, row: int, column: int) -> Callable[[], float]:
    def ask() -> float:
        from benchmark.features.extractors.face_steps import followed

        face = followed(frame, points)
        return float(face[row, column].mean()) if face.shape == (128, 128, 3) else float("nan")

    return ask


def _steps() -> list[KnownValue]:
    """A texture that becomes lighter, and one that moves: the first is all error, of the second flow leaves little."""
    y, x = np.mgrid[:128, :132].astype(float)
    wave = 110 + 40 * np.sin(x / 5) * np.cos(y / 6) + 20 * np.sin((x + 2 * y) / 9)
    texture = np.repeat(wave.round()[..., None], 3, axis=2).astype(np.uint8)
    y, x = np.mgrid[:132, :132].astype(float)
    wide = (110 + 40 * np.sin(x / 5) * np.cos(y / 6) + 20 * np.sin((x + 2 * y) / 9)).round().astype(np.uint8)
    before, moved, lighter = texture[:, :128], texture[:, 2:130], texture[:, :128] + np.uint8(9)
    apart = _inside(np.abs(moved.astype(float) - before))
    lit = np.full((128, 128, 3), 0.0)
    lit[..., 0], lit[..., 1], lit[..., 2] = 9, 6, 3
    tinted = (before + lit).astype(np.uint8)

    def ask(after: np.ndarray, column: int) -> Callable[[], float]:
        def value() -> float:
            from benchmark.features.extractors.face_steps import steps

            return float(steps(before, after)[column])

        return value

    def left() -> float:
        return float(ask(moved, 1)() < 0.1 * _inside(np.square((moved.astype(float) - before) / 255)))

    def fed() -> float:
        from benchmark.features.extractors.face_steps import FaceSteps
        from benchmark.features.types.extractor import Batch

        points = np.concatenate([template()[0] * [40, -40, -40] + [64, 60, 0]]).astype(np.float32)
        rows = np.stack([points, points, np.full_like(points, np.nan), points, points])
        session = FaceSteps()
        session.push(Batch(np.stack([before, lighter]), rows[:2], 0))
        session.push(Batch(np.stack([lighter, before, lighter]), rows[2:], 2))
        found = session.finish()
        missing = np.isnan(found).all(axis=1).tolist() == [True, False, True, True, False]
        return float(found[[1, 4], 0].mean()) if missing else float("nan")

    # Pixels count one by one: of flat faces the first inside the outline, in the ninth row, is lighter by 120.
    flat = np.full((128, 128, 3), 100, np.uint8)
    one = flat.copy()
    one[8, 51] = 220
    inside = 9302

    def of_one(column: int) -> Callable[[], float]:
        def value() -> float:
            from benchmark.features.extractors.face_steps import steps

            return float(steps(flat, one)[column])

        return value

    def flow(axis: int) -> Callable[[], float]:
        shifted = np.ascontiguousarray(texture[:, 2:130, 0] if axis == 0 else wide[2:130, :128])

        def value() -> float:
            from benchmark.features.extractors.face_steps import flow_px

            start = np.ascontiguousarray(texture[:, :128, 0] if axis == 0 else wide[:128, :128])
            return float(flow_px(start, shifted)[30:100, 30:100, axis].mean())

        return value

    def along(after: np.ndarray, start: np.ndarray) -> Callable[[], float]:
        def value() -> float:
            from benchmark.features.extractors.face_steps import warped

            return float(np.abs(warped(start, after)[0][20:108, 20:108] - start[20:108, 20:108]).mean() < 0.5)

        return value

    error = "warping_error[dis]"
    above = np.repeat(wide[:128, :128, None], 3, axis=2)
    below = np.repeat(wide[2:130, :128, None], 3, axis=2)
    return [
        of_function("temporal_error", "one pixel lighter", CLOSED_FORM, of_one(0), 120 / inside, tolerance=1e-6),
        of_function(error, "one pixel lighter", CLOSED_FORM, of_one(1), (120 / 255) ** 2 / inside, tolerance=1e-8),
        of_function(error, "flow of a motion by 2 px to the left", CLOSED_FORM, flow(0), -2.0, tolerance=1e-3),
        of_function(error, "flow of a motion by 2 px up", CLOSED_FORM, flow(1), -2.0, tolerance=1e-3),
        of_function(error, "a face brought back from the left", EXACTLY, along(moved, before), 1.0),
        of_function(error, "a face brought back from above", EXACTLY, along(below, above), 1.0),
        of_function("temporal_error", "a texture that becomes lighter by 9", CLOSED_FORM, ask(lighter, 0), 9.0),
        of_function(
            "temporal_error", "a texture that moves by 2 px", INDEPENDENT, ask(moved, 0), apart, tolerance=0.01
        ),
        of_function("temporal_error", "a clip with a frame without a face", CLOSED_FORM, fed, 9.0, tolerance=0.02),
        of_function(
            error, "a texture that becomes lighter by 9", CLOSED_FORM, ask(lighter, 1), (9 / 255) ** 2, tolerance=2e-5
        ),
        of_function(
            error, "red lighter by 9, green by 6, blue by 3", CLOSED_FORM, ask(tinted, 1), 42 / 255**2, tolerance=1e-5
        ),
        of_function(error, "equal faces", EXACTLY, ask(before, 1), 0.0),
        of_function(error, "flow explains nine tenths of a motion", EXACTLY, left, 1.0),
    ]


def _inside(values: np.ndarray) -> float:
    """Mean over the pixels inside the outline of a neutral head that is 0.8 of the picture wide."""
    from scipy.spatial import ConvexHull

    head = template()[0][:, :2] * (1.0, -1.0)
    low, high = head.min(axis=0), head.max(axis=0)
    places = np.rint((head - (low + high) / 2) * 0.8 * 128 / (high - low)[0] + 63.5)
    hull = ConvexHull(places)
    y, x = np.mgrid[:128, :128]
    sides = np.stack([x, y], axis=-1).reshape(-1, 2) @ hull.equations[:, :2].T + hull.equations[:, 2]
    return float(values.reshape(128 * 128, -1)[(sides <= 0.5).all(axis=1)].mean())


def _visible() -> list[KnownValue]:
    """Flows that lead back to where they came from, or beside it by more than 1 % of their length and half a px^2."""
    forward = np.array([[[0.0, 0.0], [8.0, 0.0], [0.0, 6.0], [3.0, 4.0], [0.0, 0.0], [8.0, 0.0], [0.0, 0.0]]])
    # The last two lead back beside it by a hair more than is allowed.
    back = np.array([[[0.7, 0.0], [-8.0, 1.3], [1.3, -6.0], [2.0, -4.0], [0.0, 0.72], [-8.0, 1.346], [0.7142, 0.0]]])
    expected = []
    for f, b in zip(forward[0].tolist(), back[0].tolist(), strict=True):
        apart = sum((u + v) ** 2 for u, v in zip(f, b, strict=True))
        expected.append(apart <= 0.01 * (sum(u * u for u in f) + sum(v * v for v in b)) + 0.5)

    def ask() -> float:
        from benchmark.features.extractors.face_steps import seen_in_both

        return float(np.sum(seen_in_both(forward, back)[0] * 2.0 ** np.arange(7)))

    value = float(sum(2**i for i, one in enumerate(expected) if one))
    return [of_function("warping_error[dis]", "flows that lead back, or hardly, or not", EXACTLY, ask, value)]
