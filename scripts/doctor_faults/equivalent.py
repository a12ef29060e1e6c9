"""Faults that change no value by construction, each with the reason; patterns are those of `fnmatch`."""

from __future__ import annotations

from fnmatch import fnmatchcase

_TRUTH = "a truth value that is scaled is still true or false"
_GUARD = "limits what only rounding can pass"
_CENTRE = "one centred side is enough: the other's offset cancels in the product, and in differences afterwards"
_REFUSED = "only whether there are enough samples is asked, and too few were refused before"
_EITHER_WAY = "only chooses between two ways of computing one number"
_RANK = "more singular values are taken, which are zero up to rounding"
_CORRELATION = "a correlation knows no scale"
_COEFFICIENT_0 = "coefficient 0, which is replaced by the energy; others are sums of logarithms without their level"
_INTERVAL = "decides an interval, which has checks of its own"
_SCALE_FREE = "the fit knows no scale: a rotation is left"

_ROUNDED = "a tolerance for rounding: only rounding lies between"
_AT_ONCE = "only how much is computed at once"

_FROM_0_TO_1 = "both sides are brought to 0 to 1: a scale or a shift of both is lost"
_TEN_DIGITS = "changes the tenth digit, which float32 has not"

EQUIVALENT: tuple[tuple[str, str], ...] = (
    ("benchmark.metrics.jod.pooled_over_time: (differences + _EPSILON) ** * - * -> (differences + *", _TEN_DIGITS),
    ("benchmark.metrics.theval_speech._points: return * -> *", "distances are over others in the same unit"),
    ("benchmark.metrics.theval_speech._from_0_to_1: values.min() -> values.max()", _FROM_0_TO_1),
    ("benchmark.metrics.theval_speech._from_0_to_1: * + _RANGE_EPSILON -> * - _RANGE_EPSILON", _GUARD),
    ("benchmark.metrics.theval_speech._RANGE_EPSILON: * -> scaled", _GUARD),
    ("benchmark.metrics.frechet._less_cross_term: abs(rest - 2.0 * norm) -> *", _EITHER_WAY),
    ("feed_dataset.core.faces.geometry._BLOCK_FACES: * -> *", _AT_ONCE),
    ("benchmark.metrics.episodes.hysteresis: return states -> *", _TRUTH),
    ("benchmark.metrics.episodes._near: return found -> *", _TRUTH),
    ("benchmark.metrics.tongue.tongue_out: return * -> *", _TRUTH),
    (
        "benchmark.metrics.winks.wink_states: return * -> *",
        "states are compared with zero and with states scaled alike",
    ),
    (
        "benchmark.metrics.episodes.Agreement.f1: precision + recall -> precision",
        "both are zero together; only that is asked",
    ),
    (
        "benchmark.metrics.expression_features.paired_motion: min(len(case.output), expected) -> *",
        "frames that are missing have their reason already, and a longer output is refused",
    ),
    ("benchmark.metrics.identity.cosine_similarity: axis=-1 -> axis=0 #2", "the source's descriptor has one axis"),
    (
        "benchmark.features.extractors.pixels.frame_ssim: *float(?.mean())* -> *",
        "grey levels may be counted from any middle",
    ),
    (
        "benchmark.features.extractors.pixels.frame_ssim: ?.mean() -> *",
        "grey levels may be counted from any middle",
    ),
    (
        "benchmark.features.extractors.pixels.frame_ssim: *a.shape[[]:2]* -> *",
        "no window is left of narrow frames, and the mean of none is no number either",
    ),
    ("benchmark.features.lip_sync.loudness.speech_envelope: 1.0 -> 1.02 #2", _GUARD),
    (
        "benchmark.features.extractors.face_colour._colour: return nothing -> *",
        "no number stays no number",
    ),
    (
        "benchmark.features.extractors.face_colour._KNEE: * -> scaled",
        "the line and the cube root touch there: only rounding lies between",
    ),
    ("benchmark.features.extractors.face_steps.warped: grey[[]0] -> grey[[]1] #3", "both faces have one size"),
    ("benchmark.metrics.silence.*_SAME -> *", _ROUNDED),
    ("benchmark.metrics.head_signal.*_SAME -> *", _ROUNDED),
    ("benchmark.metrics.head_signal._SAME: * -> *", _ROUNDED),
    ("benchmark.metrics.head_motion._RISE_S: 0.05 -> scaled", "five hundredths of a second are five either way"),
    ("benchmark.metrics.frechet.frechet_distance: a.shape[[]1] -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.frechet_distance: max(len(a), len(b)) -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.frechet_distance: min(len(a), len(b))* -> *", _RANK),
    ("benchmark.metrics.frechet.frechet_from_moments: *.n - 1* -> *", _RANK),
    ("benchmark.metrics.frechet._less_cross_term: *bound -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet._less_cross_term: RELATIVE_ERROR* -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet._less_cross_term: 2.0 -> 2.04", _EITHER_WAY),
    ("benchmark.metrics.frechet._less_cross_term: 2.0 -> 2.04 #3", _EITHER_WAY),
    ("benchmark.metrics.frechet._less_cross_term: 2.0 * norm -> 2.0 #2", _EITHER_WAY),
    ("benchmark.metrics.frechet._less_cross_term: rest - 2.0 * norm -> * #2", _EITHER_WAY),
    ("benchmark.metrics.frechet.nuclear_norm_fast: *error* -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.nuclear_norm_fast: *_BACKWARD_ERROR* -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.nuclear_norm_fast: bound.sum() -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.nuclear_norm_fast: matrix.shape[[]1] -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.nuclear_norm_fast: max(float(eigenvalues[[]0])* -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet.nuclear_norm_fast: np.maximum(values* -> *", _EITHER_WAY),
    ("benchmark.metrics.precision_recall.inside_manifold: y.mean(axis=0) -> *", "distances do not know the middle"),
    ("benchmark.metrics.auc_z.LatentSpectrum.components_for: percent / 100.0 - 1e-12 -> percent / 100.0*", _GUARD),
    ("benchmark.features.networks.lpips.FrameDistance.__call__: return out -> * #2", "no number stays no number"),
    (
        "benchmark.features.networks.lpips.Lpips._layer_distance: * + _EPSILON -> * - _EPSILON",
        "1e-10 beside the length of a pixel",
    ),
    (
        "benchmark.metrics.neutral._from_median: return * -> *",
        "distances are compared with their own median and with distances scaled alike",
    ),
    ("benchmark.metrics.kid.kernel_distance*: min(*) -> max(*)", _REFUSED),
    ("benchmark.metrics.kid.kernel_distances: ?.min() -> ?.max()", _REFUSED),
    ("benchmark.metrics.frontal.frontalise: *canonical.mean(axis=0)* -> *", _CENTRE),
    ("benchmark.metrics.frontal.frontalise: *points[[]:, rigid]* -> *", _CENTRE),
    (
        "benchmark.metrics.frontal.frontalise: points[[]usable] * _IMAGE_TO_HEAD_AXES -> points[[]usable]",
        "half a turn about x, which the fit finds and undoes",
    ),
    ("benchmark.metrics.frontal.stable_rotation: *canonical* -> *", _CENTRE),
    ("benchmark.metrics.frontal.stable_rotation: points* -> *", _CENTRE),
    (
        "benchmark.metrics.frontal.stable_rotation: np.asarray(landmarks_px*_IMAGE_TO_HEAD_AXES -> *",
        "half a turn about x, which the fit finds and undoes",
    ),
    ("benchmark.metrics.sync_mouth._at_envelope_rate: return out -> *", _CORRELATION),
    ("benchmark.metrics.sync_mouth._at_envelope_rate: 1.0 -> 1.02", _GUARD),
    (
        "benchmark.metrics.sync_mouth._at_envelope_rate: 1.0 -> 1.02 #3",
        "stands for a gap of no length, of which nothing is taken",
    ),
    ("benchmark.metrics.sync_mouth._at_envelope_rate: len(opening) - 1 -> *", _GUARD),
    ("benchmark.metrics.sync_mouth._smooth: return * -> *", _CORRELATION),
    ("benchmark.metrics.sync_mouth._smooth: *kernel.sum() -> *", _CORRELATION),
    ("benchmark.metrics.sync_mouth.find_lag: 1.0 -> 1.02", "stands for no correlation, below all there are"),
    ("benchmark.metrics.sync_mouth._chance: 1.0 -> 1.02", "stands for no correlation, below all there are"),
    ("benchmark.metrics.velocity_lag._chance: return found -> *", "the true search and strangers' are scaled alike"),
    ("benchmark.metrics.velocity_lag._centred: return out -> *", _CORRELATION),
    ("benchmark.metrics.velocity_lag._in_few_axes: sizes ?? 2 -> sizes", _RANK),
    ("benchmark.features.lip_sync.mfcc.filterbank: return * -> *", _COEFFICIENT_0),
    ("benchmark.features.lip_sync.mfcc._dct_lifted: basis[[]0] /= * -> *", _COEFFICIENT_0),
    ("benchmark.features.lip_sync.mfcc._dct_lifted: 2.0 -> 2.04", _COEFFICIENT_0),
    ("benchmark.metrics.precision_recall._score: NEIGHBOURS + 1 -> * #2", _INTERVAL),
    (
        "benchmark.metrics.precision_recall._score: min(sets.crossing.n_drivers, sets.crossing.n_sources) -> *",
        _INTERVAL,
    ),
    ("benchmark.metrics.landmark_sets._mesh: return * -> *", _SCALE_FREE),
    ("benchmark.metrics.landmark_sets._mesh_at_68: return * -> *", _SCALE_FREE),
    (
        "benchmark.metrics.landmark_sets._mesh_at_68: *list(MESH_TO_68)* -> *",
        "the last point is not among those that are fitted",
    ),
    ("feed_dataset.core.faces.geometry._fit_rotations: *canonical* -> *", _CENTRE),
    ("feed_dataset.core.faces.geometry._fit_rotations: *points* -> *", _CENTRE),
    ("feed_dataset.core.faces.geometry.euler_deg: 1.0 -> 1.02*", _GUARD),
    (
        "feed_dataset.core.faces.geometry.euler_deg: -* -> *",
        "another sense of an angle: absolute differences stay",
    ),
    ("benchmark.metrics.pose.geodesic_deg: 1.0 -> 1.02", _GUARD),
    ("benchmark.metrics.gaze.angle_deg: 1.0 -> 1.02", _GUARD),
    ("benchmark.features.lip_sync.distances.parabola_vertex: 0.5 -> 0.51", _GUARD),
    ("benchmark.features.lip_sync.distances.parabola_vertex: 0.5 -> 0.51 #2", _GUARD),
    ("benchmark.metrics.pose.angle_difference_deg: * + 180.0 -> * - 180.0", "the same within a whole turn"),
    (
        "benchmark.metrics.speech_mesh.normalise_to_mouth: plane* + 1j * plane* -> *",
        "every y changes its sign: absolute differences stay",
    ),
    ("benchmark.metrics.frontal._IMAGE_TO_HEAD_AXES: * -> scaled", _SCALE_FREE),
    ("benchmark.metrics.gaze._IMAGE_TO_CAMERA: * -> scaled", "an angle between two directions knows no scale"),
    ("benchmark.metrics.neutral._ROUNDING: * -> scaled", _ROUNDED),
    ("benchmark.metrics.precision_recall._SAME: * -> scaled", _ROUNDED),
    ("benchmark.metrics.precision_recall._SAME: * -> 0", "decides where two equal products are rounded unlike"),
    ("benchmark.metrics.sync_mouth._LEAST_SPREAD: * -> *", _ROUNDED),
    ("benchmark.features.lip_sync.timing._SAME_S: * -> scaled", _ROUNDED),
    ("benchmark.features.lip_sync.legacy_shift._SAME: * -> scaled", "no frame rate lies between"),
    ("benchmark.features.networks.lpips._EPSILON: * -> scaled", "1e-10 beside the length of a pixel"),
    ("benchmark.metrics.frechet.RELATIVE_ERROR: * -> *", _EITHER_WAY),
    ("benchmark.metrics.frechet._BACKWARD_ERROR: * -> *", _EITHER_WAY),
    ("benchmark.metrics.kid._BLOCK_ROWS: 512 -> 513", _AT_ONCE),
    ("benchmark.features.lip_sync.mfcc._FRAMES_AT_ONCE: 4096 -> 4097", _AT_ONCE),
    ("benchmark.features.lip_sync.mfcc.RATE_HZ: 16000 -> 16001", "corners are rounded down to the same frequencies"),
    (
        "benchmark.features.lip_sync.legacy_scores._SPARE_WINDOWS: 5 -> *",
        "as many frames of picture as of sound: the difference stays",
    ),
    ("benchmark.metrics.permuted._AT_ONCE: 20 -> 21", _AT_ONCE),
    ("benchmark.metrics.velocity_lag.HELD: * -> scaled", _RANK),
    ("benchmark.metrics.permuted.LEVEL: * -> scaled", "shares of 200 searches go in steps of 0.005"),
    ("benchmark.metrics.sync_mouth.SMOOTHING_S: * -> scaled", "rounded to the same ten values"),
)
"""(pattern of the fault's name, reason)."""


def reason_of(fault: str) -> str | None:
    """Why a fault changes nothing; None for one that must be found."""
    return next((reason for pattern, reason in EQUIVALENT if fnmatchcase(fault, pattern)), None)
