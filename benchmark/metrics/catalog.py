"""The table of metrics and the functions that compute any of them by id; `docs/metrics.md` has the cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmark.errors import BenchmarkError
from benchmark.metrics import auc_z, expression, frechet, identity, image, pose, speech_mesh
from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.scores import CaseScore, SetScore
from feed_dataset.text import nearest


@dataclass(frozen=True)
class Metric:
    """What a metric is called, means and needs."""

    id: str
    title: str
    unit: str  # "" for a pure number
    higher_is_better: bool | None
    networks: tuple[str, ...]  # names in feed_dataset.weights.REGISTRY
    level: Literal["case", "set"]
    needs: frozenset[str]  # of "reference", "latents", "inception"
    summary: str
    source: str


_MESH = ("face-detector", "face-mesh")
_DLIB = (*_MESH, "dlib-face-resnet")
_REFERENCE = frozenset({"reference"})
_NOTHING: frozenset[str] = frozenset()


def _mesh(metric_id: str, title: str, unit: str, higher_is_better: bool, summary: str) -> Metric:
    source = "this project"
    return Metric(metric_id, title, unit, higher_is_better, _MESH, "case", _NOTHING, summary, source)


def _identity(metric_id: str, title: str, higher_is_better: bool, summary: str, source: str) -> Metric:
    return Metric(metric_id, title, "", higher_is_better, _DLIB, "case", _NOTHING, summary, source)


def _speech(metric_id: str, title: str, what: str) -> Metric:
    unit = "half mouth widths"
    summary = (
        f"Mean absolute error of {what}, frontalised, mouth corners at (-1, 0) and (1, 0) in every frame."
    )
    source = "EMOPortraits section 6.2, Tables 5 and 6; the scale there is not stated: do not compare"
    return Metric(metric_id, title, unit, False, _MESH, "case", _REFERENCE, summary, source)


def _image(
    metric_id: str, title: str, unit: str, higher_is_better: bool, summary: str, source: str
) -> Metric:
    return Metric(metric_id, title, unit, higher_is_better, (), "case", _REFERENCE, summary, source)


_CASE_METRICS: tuple[tuple[Metric, Callable[[CaseFeatures], CaseScore]], ...] = (
    (
        _identity(
            "csim[dlib]",
            "CSIM dlib",
            True,
            "Mean cosine similarity of each frame's face descriptor to the source's. dlib's cosines"
            " are compressed (different people still reach 0.84): compare with the bounds' rows."
            " copy-source wins it.",
            "EMOPortraits section 6.1, there with another face recognition network",
        ),
        identity.csim,
    ),
    (
        _identity(
            "id_l2[dlib]",
            "ID distance",
            False,
            "Mean distance of each frame's face descriptor to the source's; under 0.6 dlib calls it the same"
            " person. copy-source wins it.",
            "dlib face recognition ResNet",
        ),
        identity.id_l2,
    ),
    (
        _mesh(
            "expression_transfer[mesh468]",
            "Expression transfer",
            "",
            True,
            "1 - sum|d_out - d_drv| / sum|d_drv|: share of the driver's expression that arrives. 1 perfect,"
            " 0 copy-source, negative worse. Each video relative to its own first frame.",
        ),
        expression.expression_transfer,
    ),
    (
        _mesh(
            "expression_error[mesh468]",
            "Expression error",
            "eye distances",
            False,
            "Mean |d_out - d_drv| over 13 pose-free face measures, in outer eye corner distances. Rewards a"
            " still face when the driver is still: read it with expression transfer.",
        ),
        expression.expression_error,
    ),
    (
        _mesh(
            "pose_error_deg[mesh468]",
            "Pose error",
            "deg",
            False,
            "Mean angle between the head rotations of output and driver. Two people in one pose differ by a"
            " few degrees, because rotation is fitted to one template face.",
        ),
        pose.pose_error_deg,
    ),
    (
        _mesh(
            "pose_transfer[mesh468]",
            "Pose transfer",
            "",
            True,
            "1 - sum|e_out - e_drv| / sum|e_drv| of yaw, pitch, roll relative to the own first frame: share of the"
            " driver's head motion that arrives. 1 perfect, 0 copy-source, negative worse.",
        ),
        pose.pose_transfer,
    ),
    (_speech("m_p[mesh468]", "M_P", "40 lip landmarks"), speech_mesh.m_p),
    (_speech("m_v[mesh468]", "M_V", "the frame-to-frame change of 40 lip landmarks"), speech_mesh.m_v),
    (_speech("f_p[mesh468]", "F_P", "468 face landmarks"), speech_mesh.f_p),
    (_speech("f_v[mesh468]", "F_V", "the frame-to-frame change of 468 face landmarks"), speech_mesh.f_v),
    (
        _image(
            "psnr",
            "PSNR",
            "dB",
            True,
            "Mean per-frame PSNR against the reference, data range 255, capped at 100 dB.",
            "usual definition; equals scikit-image",
        ),
        image.psnr,
    ),
    (
        _image(
            "ssim",
            "SSIM",
            "",
            True,
            "Mean per-frame SSIM against the reference: Gaussian window 11, sigma 1.5, range 255, RGB mean.",
            "Wang et al. 2004; equals scikit-image (torchmetrics also counts windows over the border)",
        ),
        image.ssim,
    ),
    (
        _image(
            "l1",
            "L1",
            "grey levels",
            False,
            "Mean absolute pixel difference to the reference, 0 to 255.",
            "usual definition",
        ),
        image.l1,
    ),
)

_SET_METRICS: tuple[tuple[Metric, Callable[[Sequence[CaseFeatures]], SetScore]], ...] = (
    (
        Metric(
            "fid[inception]",
            "FID",
            "",
            False,
            ("fid-inception",),
            "set",
            frozenset({"inception"}),
            "Frechet distance on Inception pool3 features, outputs against references (self) or drivers"
            " (cross); biased upwards with few frames. copy-driver wins it in cross-reenactment.",
            "Heusel et al. 2017; network and resize of pytorch-fid",
        ),
        frechet.fid,
    ),
    (
        Metric(
            "fd[dlib]",
            "FD faces",
            "",
            False,
            _DLIB,
            "set",
            _NOTHING,
            "Frechet distance on 128-d face descriptors; not FID. Sensitive to who is shown:"
            " copy-driver wins it in cross-reenactment.",
            "Heusel et al. 2017 on dlib's face recognition ResNet",
        ),
        frechet.fd_faces,
    ),
    (
        Metric(
            "auc_z",
            "AUC_z",
            "",
            False,
            (),
            "set",
            frozenset({"latents"}),
            "Area under the cumulative explained variance of the standardised expression descriptors z: about"
            " 0.5 isotropic, 1 collapsed. Depends on which frames it is computed on.",
            "EMOPortraits Eq. 1, Table 4",
        ),
        auc_z.auc_z,
    ),
)

_CASE_FUNCTIONS = {metric.id: function for metric, function in _CASE_METRICS}
_SET_FUNCTIONS = {metric.id: function for metric, function in _SET_METRICS}
METRICS: dict[str, Metric] = {
    **{metric.id: metric for metric, _ in _CASE_METRICS},
    **{metric.id: metric for metric, _ in _SET_METRICS},
}


def metric(metric_id: str) -> Metric:
    """Look a metric up. Raises BenchmarkError that names the nearest id."""
    if metric_id not in METRICS:
        close = nearest(metric_id, METRICS)
        hint = f"; did you mean {close!r}?" if close else f"; known: {', '.join(METRICS)}"
        raise BenchmarkError(f"expected a metric id but got {metric_id!r}{hint}")
    return METRICS[metric_id]


def score_case(metric_id: str, features: CaseFeatures) -> CaseScore:
    """Score one case by a metric of level "case". A value of None comes with its reasons in `failures`."""
    if metric(metric_id).level != "case":
        raise BenchmarkError(f"expected a metric of single cases but {metric_id!r} is of the whole set")
    return _CASE_FUNCTIONS[metric_id](features)


def score_set(metric_id: str, cases: Sequence[CaseFeatures]) -> SetScore:
    """Score all cases of a method together by a metric of level "set"."""
    if metric(metric_id).level != "set":
        raise BenchmarkError(f"expected a metric of the whole set but {metric_id!r} is of single cases")
    return _SET_FUNCTIONS[metric_id](cases)
