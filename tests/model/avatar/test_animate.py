"""Videos out of a photograph and rendered drivers: rate, length, sound, lost faces, several drivers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from feed_dataset.core.jobs.errors import NoFaceError, VideoDecodeError
from feed_dataset.core.media.audio import write_wave
from feed_dataset.core.media.encoders import add_audio, open_output
from feed_dataset.core.media.video import Audio, probe, read_audio, read_video, write_video
from model.avatar import Avatar, animate
from model.avatar.audio import add_sound
from model.avatar.canvas import Recipe
from model.avatar.drivers import DriverVideo
from model.networks.errors import ModelError

SIDE = 256


def opened(path: Path, said: list[str] | None = None, face: int | None = None) -> DriverVideo:
    return DriverVideo(path, SIDE, face=face, say=(said if said is not None else []).append)


def test_rate_length_size_and_sound_are_right(avatar: Avatar, driver_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    done: list[tuple[int, int]] = []
    with opened(driver_path) as driver:
        report = animate(avatar, [driver], out, sound=driver_path, progress=lambda *state: done.append(state))
    info = probe(out)
    assert (info.frame_count, info.fps, info.width_px, info.height_px) == (7, 25, 512, 600)
    assert report.without_face == {"driver.mp4": 0} and done[-1] == (7, 7)
    sound = read_audio(out)
    assert sound is not None and sound.duration_s == pytest.approx(7 / 25, abs=0.05)
    spectrum = np.abs(np.fft.rfft(sound.samples))
    assert np.argmax(spectrum) * sound.sample_rate_hz / len(sound.samples) == pytest.approx(440, abs=10)
    assert list(tmp_path.iterdir()) == [out]  # nothing temporary stays


def test_the_photo_is_untouched_outside_the_square(avatar: Avatar, driver_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with opened(driver_path) as driver:
        animate(avatar, [driver], out)
    frame, box = read_video(out).frames[3].astype(int), avatar.box
    outside = np.ones(frame.shape[:2], bool)
    outside[max(box.y0, 0) : box.y0 + box.side, max(box.x0, 0) : box.x0 + box.side] = False
    assert outside.sum() > 1000
    assert np.abs(frame - avatar.photo)[outside].mean() < 4  # what the video codec does


def test_side_by_side_shows_source_driver_and_result(avatar: Avatar, driver_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with opened(driver_path) as driver:
        animate(avatar, [driver], out, recipe=Recipe(side_by_side=True))
        driver_crop = driver.first_crop
    frame = read_video(out).frames[0].astype(int)
    assert frame.shape == (SIDE, 3 * SIDE, 3)
    assert np.abs(frame[:, SIDE : 2 * SIDE] - driver_crop).mean() < 6
    assert np.abs(frame[:, 2 * SIDE :] - frame[:, :SIDE]).mean() < 25  # the same person


def test_frames_without_a_face_are_counted_and_held(avatar: Avatar, clip: np.ndarray, tmp_path: Path) -> None:
    broken = clip.copy()
    broken[[0, 4, 5]] = 0
    path, out = tmp_path / "lost.mp4", tmp_path / "out.mp4"
    write_video(path, broken, 25, crf=0, preset="ultrafast")
    with opened(path) as driver:
        assert driver.first_index == 1
        report = animate(avatar, [driver], out, recipe=Recipe(layout="crop"))
    assert report.without_face == {"lost.mp4": 3} and report.frame_count == 7
    made = read_video(out).frames.astype(int)
    assert np.abs(made[4] - made[3]).mean() < 1.5 and np.abs(made[5] - made[3]).mean() < 1.5


def test_drivers_mix_and_a_shorter_pose_driver_holds_its_last_frame(
    avatar: Avatar, clip: np.ndarray, driver_path: Path, tmp_path: Path
) -> None:
    short = tmp_path / "short.mp4"
    write_video(short, clip[:3], 25, preset="ultrafast")
    out = tmp_path / "out.mp4"
    with opened(driver_path) as one, opened(driver_path) as two, opened(short) as pose:
        report = animate(avatar, [one, two], out, pose_driver=pose, recipe=Recipe(weights=(0.5, 0.5)))
    assert report.frame_count == 7 and set(report.without_face) == {"driver.mp4", "short.mp4"}


def test_other_drivers_are_read_by_time_not_by_number(clip: np.ndarray, finder: object, tmp_path: Path) -> None:
    path = tmp_path / "fast.mp4"
    write_video(path, clip, 50, preset="ultrafast")
    with opened(path) as driver:
        assert [frame.index for frame in driver.nearest(np.arange(5) / 25)] == [0, 2, 4, 6, 6]


def test_sound_keeps_its_place_and_channels(avatar: Avatar, driver_path: Path, tmp_path: Path) -> None:
    """A click 0.2 s into a stereo file is 0.2 s into the result."""
    import av

    rate, wav, out = 48_000, tmp_path / "click.wav", tmp_path / "out.mp4"
    samples = np.zeros((1, 2 * rate), np.int16)
    samples[0, 2 * int(0.2 * rate) : 2 * int(0.2 * rate) + 64] = 20_000
    with open_output(wav) as container:
        stream = add_audio(container, "pcm_s16le", rate, "stereo")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with opened(driver_path) as driver:
        animate(avatar, [driver], out, sound=wav, recipe=Recipe(layout="crop"))
    sound = read_audio(out)
    assert sound is not None and np.argmax(np.abs(sound.samples)) / sound.sample_rate_hz == pytest.approx(0.2, abs=0.02)
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.channels == 2


def test_a_driver_without_a_face_names_the_file(clip: np.ndarray, finder: object, tmp_path: Path) -> None:
    path = tmp_path / "black.mp4"
    write_video(path, np.zeros_like(clip[:3]), 25, preset="ultrafast")
    with pytest.raises(NoFaceError, match=r"black.mp4: no frame of 3 shows a face"):
        opened(path)


def test_a_driver_of_no_frames_is_one_clear_error(driver_path: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    import av

    with open_output(empty) as container:
        stream = add_audio(container, "aac", 16_000, "mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoDecodeError, match="empty.mp4"):
        opened(empty)


def test_several_faces_in_a_driver_are_told(photo: np.ndarray, finder: object, tmp_path: Path) -> None:
    pair = np.concatenate([photo, photo], axis=1)
    path, said = tmp_path / "pair.mp4", []
    write_video(path, np.stack([pair] * 2), 25, preset="ultrafast")
    with opened(path, said) as driver:
        assert driver.face.count == 2
    assert said and "2 faces; taking number 1" in said[0] and "--driver-face N" in said[0]
    with opened(path, face=2) as other:
        assert other.face.box_px[0] != pytest.approx(driver.face.box_px[0], abs=100)


def test_a_large_photo_is_shrunk_for_the_video(
    photo: np.ndarray, driver_path: Path, finder: object, tmp_path: Path
) -> None:
    large = np.repeat(np.repeat(photo, 7, axis=0), 7, axis=1)  # 3584 x 4200: 15 megapixels
    out = tmp_path / "out.mp4"
    with opened(driver_path) as driver:
        animate(Avatar(large), [driver], out, recipe=Recipe(max_side_px=600))
    info = probe(out)
    assert (info.width_px, info.height_px) == (512, 600)


def test_wrong_requests(avatar: Avatar, driver_path: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    write_video(silent, np.zeros((2, 64, 64, 3), np.uint8), Fraction(25), preset="ultrafast")
    with opened(driver_path) as driver:
        with pytest.raises(ModelError, match=r"a weight per driver \(1\) but got 2"):
            animate(avatar, [driver], tmp_path / "o.mp4", recipe=Recipe(weights=(0.5, 0.5)))
        with pytest.raises(ModelError, match="expected sound in .*silent.mp4 but it has none"):
            animate(avatar, [driver], tmp_path / "o.mp4", sound=silent)
        with pytest.raises(ModelError, match="keeps the photo's own"):
            animate(avatar, [driver], tmp_path / "o.mp4", recipe=Recipe(background=np.zeros((128, 128, 3), np.uint8)))
    assert not (tmp_path / "o.mp4").exists()


def test_an_interrupted_film_leaves_nothing(avatar: Avatar, driver_path: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "made"
    with opened(driver_path) as driver, pytest.raises(KeyboardInterrupt):
        animate(avatar, [driver], folder / "out.mp4", sound=driver_path, progress=stop)
    assert not list(folder.iterdir())


def test_a_variable_rate_keeps_its_times_beside_the_sound(avatar: Avatar, clip: np.ndarray, tmp_path: Path) -> None:
    """As phones write it: 25 frames a second, then every second one; the others' sound stays where it was."""
    times_s = np.array([0, 1, 2, 4, 6, 8, 10]) / 25
    driver_file, out = tmp_path / "phone.mp4", tmp_path / "out.mp4"
    clicks = np.zeros(16_000, np.float32)
    clicks[round(0.32 * 16_000) :][:32] = 0.9
    write_video(driver_file, clip, Fraction(15), times_s=times_s, audio=Audio(clicks, 16_000), preset="ultrafast")
    with opened(driver_file) as driver:
        report = animate(avatar, [driver], out, sound=driver_file, recipe=Recipe(layout="crop"))
    assert report.length == "7 frames at a variable rate, 15 fps on average"
    made = read_video(out)
    assert np.abs(made.pts_s - times_s).max() < 1e-3
    sound = read_audio(out)
    assert sound is not None
    assert np.argmax(np.abs(sound.samples)) / sound.sample_rate_hz == pytest.approx(0.32, abs=2e-3)


def test_sound_that_is_over_before_the_pictures_is_silence(tmp_path: Path) -> None:
    pictures, sound, out = tmp_path / "p.mp4", tmp_path / "s.wav", tmp_path / "out.mp4"
    write_video(pictures, np.zeros((5, 64, 64, 3), np.uint8), 25, preset="ultrafast")
    write_wave(sound, np.full(11_025, 0.5, np.float32), 11_025)
    add_sound(pictures, sound, out, start_s=3.0, duration_s=0.2)
    assert np.abs(read_audio(out).samples).max() < 1e-3  # type: ignore[union-attr]
    add_sound(pictures, sound, out, start_s=0.0, duration_s=0.2)
    heard = read_audio(out)
    assert heard is not None and heard.sample_rate_hz == 16_000
    assert heard.samples[1600] == pytest.approx(0.5, abs=0.05)


def float_wave(path: Path, value: float) -> None:
    """A WAV of float samples, which can hold any number."""
    wavfile.write(path, 16_000, np.full(4_000, value, np.float32))


def test_sound_beyond_full_scale_is_clipped_and_no_numbers_are_refused(tmp_path: Path) -> None:
    pictures, sound, out = tmp_path / "p.mp4", tmp_path / "s.wav", tmp_path / "out.mp4"
    write_video(pictures, np.zeros((5, 64, 64, 3), np.uint8), 25, preset="ultrafast")
    float_wave(sound, 1e30)
    add_sound(pictures, sound, out, start_s=0.0, duration_s=0.2)
    heard = read_audio(out)
    assert heard is not None and heard.samples[800:2400].mean() == pytest.approx(1, abs=0.1)
    out.unlink()
    float_wave(sound, float("nan"))
    with pytest.raises(ModelError, match="s.wav has some that are infinite or no numbers"):
        add_sound(pictures, sound, out, start_s=0.0, duration_s=0.2)
    assert not out.exists()


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
def test_resampling_moves_no_sound(tmp_path: Path, rate_hz: int) -> None:
    pictures, sound, out = tmp_path / "p.mp4", tmp_path / "s.wav", tmp_path / "out.mp4"
    write_video(pictures, np.zeros((10, 64, 64, 3), np.uint8), 25, preset="ultrafast")
    samples = np.zeros(rate_hz, np.float32)
    samples[round(0.5 * rate_hz) : round(0.52 * rate_hz)] = 0.6
    write_wave(sound, samples, rate_hz)
    add_sound(pictures, sound, out, start_s=0.3, duration_s=0.4)
    heard = read_audio(out)
    assert heard is not None
    loud = np.flatnonzero(np.abs(heard.samples) > 0.3) / heard.sample_rate_hz
    assert loud[0] == pytest.approx(0.2, abs=1e-3) and loud[-1] == pytest.approx(0.22, abs=1e-3)
