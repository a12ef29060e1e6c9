"""The figure of docs/speech.md says whether values depend on where windows stand."""

from __future__ import annotations

import numpy as np

from model.speech.windows import Windows
from scripts.bench_speech import Speech, moved, rendered
from tests.model.speech.encoders import Loudness, Placed
from tests.model.speech.test_features import noise


def test_only_an_encoder_that_knows_its_places_is_moved() -> None:
    speech = Speech(noise(8.0), np.zeros((200, 6)))
    assert moved(speech, Loudness()) < 1e-3
    assert moved(speech, Placed(Windows(4.0, 4.0))) > 10 * moved(speech, Placed()) > 0


def test_rendered_speech_has_a_mouth_for_each_frame() -> None:
    speech = rendered(10.0, 0)
    assert speech.seconds == 10.0 and speech.mouth.shape == (250, 6) and speech.mouth.std() > 0.01
