"""What the page does when its button is pressed; the page itself where gradio is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from feed_dataset.core.media.audio import write_wave
from feed_dataset.core.media.video import probe
from model.avatar import FaceFinder
from model.avatar.demo import build, make_video
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.speech import SpeechDriver
from model.speech.mel import SAMPLE_RATE_HZ
from tests.model.speech.driving.material import noise, speech_weights
from tests.model.speech.encoders import Loudness


@pytest.fixture(scope="module")
def model() -> EMOPortraits:
    return EMOPortraits.from_preset("emoportraits-mini", pretrained=True)


def test_a_photo_and_a_video_become_a_video(
    model: EMOPortraits, photo_path: Path, driver_path: Path, finder: FaceFinder, tmp_path: Path
) -> None:
    out = tmp_path / "animated.mp4"
    told = make_video(model, str(photo_path), str(driver_path), out, absolute=True, expression=1.5, side_by_side=True)
    assert told == "7 frames at 25 fps"
    assert probe(out).has_audio and probe(out).width_px == 3 * 256


def test_a_photo_and_sound_become_a_video(
    model: EMOPortraits, photo_path: Path, finder: FaceFinder, tmp_path: Path
) -> None:
    out, wav = tmp_path / "animated.mp4", tmp_path / "speech.wav"
    write_wave(wav, noise(0.12), SAMPLE_RATE_HZ)
    weights = speech_weights(model.config.z_dim, model.weights_sha256)
    speech = SpeechDriver(weights, wav, ears=Loudness())
    told = make_video(
        model, str(photo_path), None, out, speech=speech, absolute=False, expression=1.0, side_by_side=False
    )
    assert told == "3 frames at 25 fps" and probe(out).has_audio


def listens(path: Path, seed: int) -> SpeechDriver:
    return SpeechDriver(speech_weights(), path, seed=seed, ears=Loudness())


@pytest.mark.parametrize(("photo", "driver"), [(None, "clip.mp4"), ("photo.jpg", None)])
def test_a_missing_input_is_asked_for(model: EMOPortraits, photo: str, driver: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected a photo, and a video or sound"):
        make_video(model, photo, driver, tmp_path / "o.mp4", absolute=False, expression=1.0, side_by_side=False)


def test_without_gradio_the_page_says_what_to_install() -> None:
    if importlib.util.find_spec("gradio") is not None:
        pytest.skip("gradio is installed")
    with pytest.raises(ModelError, match=r"pip install 'feed-benchmark\[demo\]'"):
        build("emoportraits-mini", listens)


def test_the_page_builds_where_gradio_is_installed() -> None:
    pytest.importorskip("gradio", reason="needs the extra demo (gradio)")
    names = [function.api_name for function in build("emoportraits-mini", listens).fns.values()]
    assert "animate" in names
