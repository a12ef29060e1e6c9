"""Speech made here: a source-filter synthesiser in the manner of Klatt (1980), and its mouth shapes.

Sound and face come from one sequence of timed phonemes, so which mouth shape belongs to which sample is known
exactly. It sounds like a 1980s machine; it is meant as test material for lip sync, not to be listened to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.motion.actions import VISEMES
from feed_dataset.synthetic.motion.phonemes import PHONEMES, SENTENCES

SAMPLE_RATE_HZ = 16_000
_EDGE_S = 0.14  # silence before and after
_CONTROL_HZ = 200  # rate of the synthesiser's parameter tracks
_GLIDE_S = 0.03  # formants and loudness are smoothed over about this time
_BURST_S = 0.014
_STRETCH = (0.75, 1.35)  # how much a sentence may be hurried or slowed to fit
_BANDWIDTHS_HZ = (70.0, 90.0, 130.0, 250.0, 300.0)
_HIGH_FORMANTS_HZ = (3500.0, 4500.0)
_PEAK = 0.7
_BREATHINESS = 0.004  # noise in the voice, against pulses of height about 0.02
_FRICTION_LEVEL = 0.8
_COARTICULATION_S = 0.13
# How strongly a mouth shape holds against its neighbours: lips must meet for P, teeth must touch the lip for
# F.
_DOMINANCE = {
    "PP": 3.0,
    "FF": 2.5,
    "CH": 1.6,
    "U": 1.5,
    "O": 1.3,
    "kk": 0.5,
    "DD": 0.6,
    "nn": 0.6,
    "sil": 0.8,
}


@dataclass(frozen=True)
class TimedPhoneme:
    """A phoneme and when it sounds."""

    name: str  # as its synthesiser calls it
    start_s: float
    end_s: float
    viseme: str  # key of VISEMES


@dataclass(frozen=True, repr=False)
class Utterance:
    """Something said: text, phonemes that cover all of the time, and the sound."""

    text: str
    phonemes: tuple[TimedPhoneme, ...]
    samples: np.ndarray  # float32 [N] in [-1, 1]
    sample_rate_hz: int

    def __repr__(self) -> str:
        return f"Utterance({self.text!r}, {len(self.samples) / self.sample_rate_hz:.2f} s)"

    @property
    def duration_s(self) -> float:
        return self.phonemes[-1].end_s

    def emphasis(self, times_s: np.ndarray) -> np.ndarray:  # float64 [T] in [0, 1]
        """Slow loudness, by which brows and head go along with the voice."""
        envelope = np.abs(self.samples.astype(np.float64))
        smooth = _smooth(envelope, round(0.3 * self.sample_rate_hz))
        index = np.clip((times_s * self.sample_rate_hz).astype(int), 0, len(smooth) - 1)
        return smooth[index] / max(float(smooth.max()), 1e-9)


def speak(rng: np.random.Generator, duration_s: float, *, pitch_hz: float) -> Utterance:
    """Sentences, chosen and spoken to fill `duration_s` but for short silences.

    Deterministic for a state of the generator.
    """
    text, names = _choose(rng, duration_s)
    phonemes = _time(rng, names, duration_s)
    samples = _synthesise(rng, phonemes, duration_s, pitch_hz)
    return Utterance(text, phonemes, samples, SAMPLE_RATE_HZ)


def viseme_labels(utterance: Utterance, times_s: np.ndarray) -> tuple[str, ...]:
    """The mouth shape of the phoneme that sounds at each time."""
    starts = np.array([phoneme.start_s for phoneme in utterance.phonemes])
    index = np.clip(np.searchsorted(starts, times_s + 1e-9, side="right") - 1, 0, len(starts) - 1)
    return tuple(utterance.phonemes[i].viseme for i in index)


def mouth_coefficients(utterance: Utterance, times_s: np.ndarray) -> list[dict[str, float]]:
    """ARKit coefficients of the mouth at each time: shapes of neighbouring phonemes run into one another."""
    names = sorted({phoneme.viseme for phoneme in utterance.phonemes})
    grid_s = np.arange(math.ceil(utterance.duration_s * _CONTROL_HZ) + 1) / _CONTROL_HZ
    active = np.zeros((len(names), len(grid_s)))
    for phoneme in utterance.phonemes:
        inside = (grid_s >= phoneme.start_s) & (grid_s < phoneme.end_s)
        active[names.index(phoneme.viseme), inside] = _DOMINANCE.get(phoneme.viseme, 1.0)
    width = round(_COARTICULATION_S * _CONTROL_HZ)
    weights = np.stack([_smooth(row, width) for row in active])
    weights /= np.maximum(weights.sum(0), 1e-9)
    shapes = []
    for time_s in times_s:
        column = weights[:, min(round(float(time_s) * _CONTROL_HZ), len(grid_s) - 1)]
        shape: dict[str, float] = {}
        for name, weight in zip(names, column, strict=True):
            for coefficient, value in VISEMES[name].items():
                shape[coefficient] = shape.get(coefficient, 0.0) + float(weight) * value
        shapes.append({name: value for name, value in shape.items() if value > 1e-3})
    return shapes


def _choose(rng: np.random.Generator, duration_s: float) -> tuple[str, list[str]]:
    """As many sentences as the time holds, at least one."""
    room_s = duration_s - 2 * _EDGE_S
    texts: list[str] = []
    names: list[str] = []
    order: list[int] = []
    while True:
        order = order or list(rng.permutation(len(SENTENCES)))
        text, spelling = SENTENCES[order.pop(0)]
        longer = [*names, "_", *spelling.split()] if names else spelling.split()
        if names and _natural_s(longer) * _STRETCH[0] > room_s:
            return ", ".join(texts), names
        texts, names = [*texts, text], longer
        if _natural_s(names) * _STRETCH[1] >= room_s:
            return ", ".join(texts), names


def _natural_s(names: list[str]) -> float:
    return sum(PHONEMES[name].duration_s for name in names)


def _time(rng: np.random.Generator, names: list[str], duration_s: float) -> tuple[TimedPhoneme, ...]:
    natural = np.array([PHONEMES[name].duration_s for name in names]) * rng.uniform(0.9, 1.1, len(names))
    edge_s = min(_EDGE_S, duration_s / 6)
    lengths = natural * min((duration_s - 2 * edge_s) / natural.sum(), _STRETCH[1])
    bounds = np.cumsum([0.0, edge_s, *lengths])
    timed = [_sounding("_", 0.0, edge_s)]
    timed += [_sounding(name, float(a), float(b)) for name, a, b in zip(names, bounds[1:], bounds[2:], strict=False)]
    return (*timed, _sounding("_", timed[-1].end_s, duration_s))


def _sounding(name: str, start_s: float, end_s: float) -> TimedPhoneme:
    return TimedPhoneme(name, start_s, end_s, PHONEMES[name].viseme)


def _synthesise(
    rng: np.random.Generator, phonemes: tuple[TimedPhoneme, ...], duration_s: float, pitch_hz: float
) -> np.ndarray:  # float32 [N]
    count = round(duration_s * SAMPLE_RATE_HZ)
    times_s = np.arange(count) / SAMPLE_RATE_HZ
    tracks = _tracks(phonemes, times_s)
    scale = 1.0 if pitch_hz < 160 else 1.15  # a shorter vocal tract goes with a higher voice
    breath = rng.standard_normal(count)
    vowel = _glottal(rng, times_s, pitch_hz, duration_s) + _BREATHINESS * breath
    formants = [tracks[f"f{i}"] * scale for i in (1, 2, 3)] + [np.full(count, f * scale) for f in _HIGH_FORMANTS_HZ]
    for centre_hz, width_hz in zip(formants, _BANDWIDTHS_HZ, strict=True):
        vowel = _resonate(vowel, np.minimum(centre_hz, 0.45 * SAMPLE_RATE_HZ), width_hz)
    friction = _resonate(breath * tracks["noise"], tracks["noise_hz"], 1400.0)
    sound = _levelled(vowel) * tracks["voice"] + _FRICTION_LEVEL * friction
    return (_PEAK * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)


def _tracks(phonemes: tuple[TimedPhoneme, ...], times_s: np.ndarray) -> dict[str, np.ndarray]:
    """Parameters at every sample: targets held over each phoneme, then smoothed."""
    names = ("f1", "f2", "f3", "voice", "noise", "noise_hz")
    tracks = {name: np.zeros(len(times_s)) for name in names}
    for phoneme in phonemes:
        sound = PHONEMES[phoneme.name]
        inside = slice(*np.searchsorted(times_s, [phoneme.start_s, phoneme.end_s]))
        for name, value in zip(names, (*sound.formants_hz, sound.voice, 0.0, sound.noise_hz), strict=True):
            tracks[name][inside] = value
        begin_s = max(phoneme.end_s - _BURST_S, phoneme.start_s) if sound.closure else phoneme.start_s
        tracks["noise"][slice(*np.searchsorted(times_s, [begin_s, phoneme.end_s]))] = sound.noise
    width = round(_GLIDE_S * SAMPLE_RATE_HZ)
    short = round(0.006 * SAMPLE_RATE_HZ)
    return {name: _smooth(track, short if name == "noise" else width) for name, track in tracks.items()}


def _glottal(rng: np.random.Generator, times_s: np.ndarray, pitch_hz: float, duration_s: float) -> np.ndarray:
    """Rosenberg pulses, differentiated, with falling pitch and a slow melody."""
    melody = 1.12 - 0.24 * times_s / duration_s
    melody = melody + 0.06 * np.sin(2 * np.pi * (1.7 * times_s + rng.random()))
    melody = melody + 0.01 * np.sin(2 * np.pi * (5.3 * times_s + rng.random()))
    phase = np.cumsum(pitch_hz * melody) / SAMPLE_RATE_HZ % 1.0
    opening, closing = phase / 0.4, (phase - 0.4) / 0.16
    pulse = np.where(phase < 0.4, 0.5 * (1 - np.cos(np.pi * opening)), 0.0)
    pulse = np.where((phase >= 0.4) & (phase < 0.56), np.cos(0.5 * np.pi * closing), pulse)
    return np.diff(pulse, prepend=0.0)


def _levelled(
    voiced: np.ndarray,  # float64 [N]
) -> np.ndarray:  # float64 [N], RMS 1 everywhere
    """Constant loudness.

    How loud a sound is shall come from its phoneme, not from where a formant meets a harmonic.
    """
    power = _smooth(voiced**2, round(0.025 * SAMPLE_RATE_HZ))
    return voiced / np.sqrt(np.maximum(power, 1e-4 * float(power.max())))


def _resonate(
    signal: np.ndarray,  # float64 [N]
    centre_hz: np.ndarray,  # float64 [N]
    width_hz: float,
) -> np.ndarray:  # float64 [N]
    """Klatt's second-order resonator with a moving centre, gain 1 at 0 Hz."""
    radius = math.exp(-math.pi * width_hz / SAMPLE_RATE_HZ)
    c = -radius * radius
    b = 2 * radius * np.cos(2 * np.pi * centre_hz / SAMPLE_RATE_HZ)
    gained = (1 - b - c) * signal
    out = np.empty_like(signal)
    last = before = 0.0
    for i, (x, feedback) in enumerate(zip(gained.tolist(), b.tolist(), strict=True)):
        value = x + feedback * last + c * before
        out[i] = value
        before, last = last, value
    return out


def _smooth(track: np.ndarray, width: int) -> np.ndarray:
    """Moving average with a Hann window; the ends hold their values."""
    if width < 3:
        return track
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(track, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")
