"""What lip sync metrics need of videos and of sound."""

from __future__ import annotations

import numpy as np

from benchmark.features.types.extractor import (
    FACE_NETWORKS,
    AudioExtractor,
    ClipInfo,
    Compute,
    Extractor,
    OpenSession,
    ReadAudio,
    Session,
)

SYNCNET = "syncnet-v2"
SOUND_RATE_HZ = 16_000


def _load_lip(compute: Compute) -> OpenSession:
    import torch

    from benchmark.features.lip_sync.lips import LipSession
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures

    network = SyncNetFeatures.load(device=compute.device, dtype=getattr(torch, compute.precision))

    def open_session(clip: ClipInfo) -> Session:
        return LipSession(network, clip.times_s)

    return open_session


def _load_legacy(compute: Compute) -> OpenSession:
    import torch

    from benchmark.features.lip_sync.legacy import LegacySession
    from benchmark.features.lip_sync.s3fd import S3fdDetector
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures

    detector = S3fdDetector.load(device=compute.device)
    network = SyncNetFeatures.load(device=compute.device, dtype=getattr(torch, compute.precision))

    def open_session(clip: ClipInfo) -> Session:
        return LegacySession(detector, network, clip.times_s, clip.width_px, clip.height_px)

    return open_session


def _load_sound(compute: Compute) -> ReadAudio:
    import torch

    from benchmark.features.lip_sync.mfcc import FRAME_SAMPLES, STEP_SAMPLES, mfcc, to_int16
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures

    network = SyncNetFeatures.load(device=compute.device, dtype=getattr(torch, compute.precision))

    def read(samples: np.ndarray) -> np.ndarray:
        complete = max(0, (len(samples) - FRAME_SAMPLES) // STEP_SAMPLES + 1)  # rows without filled-up samples
        return network.sound(mfcc(to_int16(samples))[:complete])

    return read


def _load_envelope(compute: Compute) -> ReadAudio:
    from benchmark.features.lip_sync.loudness import speech_envelope

    return speech_envelope


def _load_rms(compute: Compute) -> ReadAudio:
    from benchmark.features.lip_sync.loudness import rms

    return rms


SYNCNET_LIP = Extractor(
    id="syncnet-lip",
    networks=(*FACE_NETWORKS, SYNCNET),
    preprocessing="25 fps nearest; mesh box 0.058 0.013, median 13, crop 0.40, 224 px bilinear, grey 110; BGR 0-255; 2",
    load=_load_lip,
    rows="window",
)
SYNCNET_LEGACY = Extractor(
    id="syncnet-legacy",
    networks=("s3fd", SYNCNET),
    preprocessing="25 fps nearest, MPEG-4 q2, JPEG q2, S3FD 0.25, tracks > 100, medfilt 13, 224 px, XVID, JPEG; 2",
    load=_load_legacy,
    rows="window",
)
SYNCNET_SOUND = AudioExtractor(
    id="syncnet-sound",
    networks=(SYNCNET,),
    preprocessing="int16, MFCC 13 at 100 Hz, windows of 20 every 4, complete ones; 1",
    rate_hz=SOUND_RATE_HZ,
    load=_load_sound,
)
SPEECH_ENVELOPE = AudioExtractor(
    id="speech-envelope",
    networks=(),
    preprocessing="300-3400 Hz, 20 ms Hann, 100 Hz, 40 dB; 1",
    rate_hz=SOUND_RATE_HZ,
    load=_load_envelope,
)
RMS = AudioExtractor(id="rms", networks=(), preprocessing="50 ms, centred; 1", rate_hz=SOUND_RATE_HZ, load=_load_rms)
EXTRACTORS: tuple[Extractor | AudioExtractor, ...] = (
    *(SYNCNET_LIP, SYNCNET_LEGACY, SYNCNET_SOUND, SPEECH_ENVELOPE, RMS),
)
