"""What each official repository does with its inputs and outputs: formats, names, counts and traps, without networks.

Runs inside the stand-in's process. Every function gets the options that the repository's own parser would give it.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from fractions import Fraction
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.whole_video import probe, read_video
from feed_dataset.core.media.writer import write_video

Frames = np.ndarray


def run(name: str, options: Namespace) -> None:
    """Behave as the repository of that name, or fail as the test asks."""
    with open(os.environ["STAND_IN_LOG"], "a") as stream:
        stream.write(f"{os.getpid()}\n")
    _before(os.environ.get("STAND_IN_FAULT", ""))
    globals()[{"float": "float_"}.get(name, name.replace("-", "_"))](options)


def hydra_options(words: list[str]) -> Namespace:
    return Namespace(**dict(word.split("=", 1) for word in words))


def _before(fault: str) -> None:
    if fault == "crash":
        raise RuntimeError("CUDA error: no kernel image is available")
    if fault == "nothing":
        sys.exit(0)
    if fault == "hang":
        child = os.fork()
        if child:
            Path(os.environ["STAND_IN_LOG"] + ".child").write_text(str(child))
        time.sleep(600)
    if fault == "killed":
        os.kill(os.getpid(), 9)


def fault(frames: Frames) -> Frames:
    """The frames with what a test wants to be wrong with them."""
    kind = os.environ.get("STAND_IN_FAULT", "")
    if kind == "one-fewer":
        return frames[:-1]
    if kind == "still":
        return np.repeat(frames[:1], len(frames), axis=0)
    if kind == "black":
        return np.zeros_like(frames)
    if kind == "bright":
        return np.clip(frames * 1.3, 0, 255).astype(np.uint8)
    if kind == "grey":
        return np.full_like(frames, 118)
    if kind == "noise":
        return np.where(np.random.default_rng(0).random(frames.shape) < 0.5, 0, 255).astype(np.uint8)
    if kind == "panel":
        return np.concatenate([frames, frames], axis=2)
    if kind == "half-size":
        return np.ascontiguousarray(frames[:, ::2, ::2])
    return frames


def image(path: str, side: int) -> Frames:
    """[side, side, 3], squeezed whatever its shape."""
    return np.asarray(Image.open(path).convert("RGB").resize((side, side)))


def video(path: str, side: int) -> Frames:
    frames = read_video(path).frames
    return np.stack([np.asarray(Image.fromarray(frame).resize((side, side))) for frame in frames])


def driven(source: Frames, drivers: Frames, *, relative: bool = True) -> Frames:
    """The source, changing as the drivers do: each frame on its own, or against the first."""
    base = drivers[0] if relative else np.full_like(drivers[0], 128)
    return np.stack([np.clip(source + 0.3 * (one.astype(float) - base), 0, 255).astype(np.uint8) for one in drivers])


def spoken(source: Frames, audio: str, count: int) -> Frames:
    """The source with a mouth that opens with the loudness of the audio."""
    found = read_audio(audio)
    assert found is not None
    parts = np.array_split(np.abs(found.samples), count)
    loud = np.array([float(part.mean()) if len(part) else 0.0 for part in parts])
    frames = np.repeat(source[None], count, axis=0).copy()
    side = source.shape[0]
    frames[:, side // 2 :, side // 4 : -side // 4] = np.clip(
        frames[:, side // 2 :, side // 4 : -side // 4] * (1 - loud[:, None, None, None]), 0, 255
    )
    return frames


def save(path: str, frames: Frames, fps: Fraction | int) -> None:
    frames = fault(frames)
    if os.environ.get("STAND_IN_FAULT") == "zero-bytes":
        Path(path).write_bytes(b"")
        return
    write_video(path, frames, fps, crf=18, preset="ultrafast")
    if os.environ.get("STAND_IN_FAULT") == "cut":
        Path(path).write_bytes(Path(path).read_bytes()[:-400])
    if os.environ.get("STAND_IN_FAULT") == "spoils-inputs":
        for name in Path().glob("s*.png"):
            name.chmod(0o644)
            name.write_bytes(b"spoilt")
    if os.environ.get("STAND_IN_FAULT") == "full-disk":
        with open("/dev/full", "w") as stream:
            stream.write("x" * 100000)


def same_rate(path: str) -> Fraction:
    return probe(path).fps


def fomm(options: Namespace) -> None:
    frames = driven(image(options.source_image, 256), video(options.driving_video, 256), relative=options.relative)
    save(options.result_video, frames, same_rate(options.driving_video))
    if options.audio:
        Path(options.result_video).write_bytes(b"")


def tpsmm(options: Namespace) -> None:
    side = int(options.img_shape.split(",")[0])
    frames = driven(
        image(options.source_image, side), video(options.driving_video, side), relative=options.mode == "relative"
    )
    save(options.result_video, frames, same_rate(options.driving_video))


def face_vid2vid(options: Namespace) -> None:
    fomm(Namespace(**vars(options), audio=False))


def lia(options: Namespace) -> None:
    assert Path("checkpoints", f"{options.model}.pt").is_file()  # relative to where it is started
    drivers = read_video(options.driving_path).frames
    assert drivers.shape[1:3] == (256, 256), "sizes of tensors must match"  # it resizes its source alone
    frames = driven(image(options.source_path, 256), drivers, relative=options.model == "vox").astype(float)
    frames = ((frames - frames.min()) / (frames.max() - frames.min()) * 255).astype(np.uint8)
    folder = Path(options.save_folder, options.model)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{Path(options.source_path).stem}_{Path(options.driving_path).stem}.mp4"
    save(str(folder / name), frames, same_rate(options.driving_path))


def lia_x(options: Namespace) -> None:
    settings = yaml.safe_load(Path(options.cfg).read_text())
    assert not any(settings["motion_value"]), "the source would be edited"
    assert Path(settings["ckpt_path"]).is_file()
    source, drivers = (
        image(settings["source_path"], settings["size"]),
        video(settings["driving_path"], settings["size"]),
    )
    folder = Path(settings["save_path"], Path(options.cfg).stem)
    folder.mkdir(parents=True)
    frames = driven(source, drivers)
    save(str(folder / "vid_animation.mp4"), frames, same_rate(settings["driving_path"]))
    write_video(folder / "vid_all.mp4", np.concatenate([drivers, frames], axis=2), 25)


def liveportrait(options: Namespace) -> None:
    drivers = video(options.driving, 512)
    Path(options.driving).with_suffix(".pkl").write_bytes(b"motion")  # beside its driver
    assert options.no_flag_pasteback
    frames = driven(image(options.source, 512), drivers, relative=not options.no_flag_relative_motion)
    stem = f"{Path(options.source).stem}--{Path(options.driving).stem}"
    Path(options.output_dir).mkdir()
    save(f"{options.output_dir}/{stem}.mp4", frames, int(same_rate(options.driving)))
    write_video(f"{options.output_dir}/{stem}_concat.mp4", np.concatenate([drivers, frames], axis=2), 25)


def x_portrait(options: Namespace) -> None:
    assert ".mp4" in options.driving_video
    drivers = video(options.driving_video, 512)
    drivers = drivers[: options.out_frames] if options.out_frames else drivers  # -1 loses the last one
    Path(options.output_dir).mkdir()
    stems = f"{Path(options.source_image).stem}_by_{Path(options.driving_video).stem}"
    name = f"inference_appearance_pose_local_mm_uc{options.uc_scale}_{stems}_mix{options.num_mix}.mp4"
    save(
        f"{options.output_dir}/{name}",
        driven(image(options.source_image, 512), drivers),
        same_rate(options.driving_video),
    )


def hyperreenact(options: Namespace) -> None:
    assert Path("pretrained_models", "stylegan-voxceleb.pt").is_file()
    target = Path(options.target_path)
    files = sorted(target.iterdir()) if target.is_dir() else []
    drivers = np.stack([image(str(file), 256) for file in files]) if files else video(str(target), 256)[:101]
    frames = fault(driven(image(options.source_path, 256), drivers, relative=False))
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(f"{options.output_path}/{number:06d}.png")


def imtalker(options: Namespace) -> None:
    Path(options.save_path).mkdir()
    for folder in sorted(Path(options.data_dir).iterdir()):
        try:
            (source,), (driver,) = folder.glob("*.png"), folder.glob("*.mp4")
            if os.environ.get("STAND_IN_FAULT") == "one-case" and folder.name == "c0":
                raise RuntimeError("no face")
            frames = driven(image(str(source), 512), video(str(driver), 512), relative=False)
            save(f"{options.save_path}/{source.stem}_{driver.stem}.mp4", frames, same_rate(str(driver)))
        except Exception as error:
            print(f"[Error] Failed processing {folder}: {error}")


def styleheat(options: Namespace) -> None:
    assert options.if_extract, "'NoneType' object has no attribute 'get_3dmm'"
    assert Path("checkpoints", "StyleHEAT_visual.pt").is_file() and Path("configs").is_dir()
    for place in (options.image_source, options.video_source):
        coefficients = Path(place).parent / "3dmm"
        assert not coefficients.exists(), "old coefficients would be taken"
        coefficients.mkdir()
    drivers = video(options.video_source, 1024)[: options.frame_limit]
    name = f"{Path(options.video_source).stem}_{Path(options.image_source).stem}.mp4"
    save(f"{options.output_dir}/{name}", driven(image(options.image_source, 1024), drivers, relative=False), 25)


def styleheat_audio(options: Namespace) -> None:
    assert options.if_extract and options.video_source is None
    assert Path("checkpoints", "BFM").is_dir() and Path("third_part", "SadTalker").is_dir()
    assert options.audio_path.endswith(".wav")  # others would be read as MP3
    found = read_audio(options.audio_path)
    assert found is not None
    name = Path(options.image_source).stem
    frames = spoken(image(options.image_source, 1024), options.audio_path, int(found.duration_s * 25))
    save(f"{options.output_dir}/{name}.mp4", frames, 25)
    write_video(f"{options.output_dir}/{name}_audio.mp4", np.zeros_like(frames), 25)


def aniportrait(options: Namespace) -> None:
    settings = yaml.safe_load(Path(options.config).read_text())
    assert settings["kept"] == 1  # the rest of the repository's own file
    assert Path("pretrained_model", "pose_guider.pth").is_file() and Path("configs").is_dir()
    folder = Path("output", "20260101", f"1200--seed_{options.seed}-512x512")
    folder.mkdir(parents=True)
    for source, drivers in settings["test_cases"].items():
        for driver in drivers:
            made, shown = driven(image(source, 512), video(driver, 512)), video(driver, 512)
            made = fault(made)
            grid = np.zeros((len(made), 516, 1544, 3), np.uint8)
            still = np.repeat(image(source, 512)[None], len(made), axis=0)
            for place, tile in enumerate((still, made, shown[: len(made)])):
                grid[:, 2:514, 2 + 514 * place : 514 + 514 * place] = tile
            stem = f"{folder}/{Path(source).stem}_{Path(driver).stem}_512x512_3_1200"
            write_video(f"{stem}_noaudio.mp4", grid, same_rate(driver))
            if not probe(driver).has_audio:
                raise RuntimeError("ffmpeg error (see stderr output for detail)")
            Path(f"{stem}_noaudio.mp4").rename(f"{stem}.mp4")


def sadtalker(options: Namespace) -> None:
    assert Path("gfpgan/weights/detection_Resnet50_Final.pth").is_file()  # otherwise it downloads
    assert Path(options.checkpoint_dir, "mapping_00229-model.pth.tar").is_file()
    if os.environ.get("STAND_IN_FAULT") == "no-face":
        raise "can not detect the landmark from source image"  # noqa: B016 - as it stands in its code
    found = read_audio(options.driven_audio)
    assert found is not None
    frames = spoken(image(options.source_image, options.size), options.driven_audio, int(found.duration_s * 25))
    Path(options.result_dir).mkdir()
    save(f"{options.result_dir}/2026_01_01_12.00.00.mp4", frames, 25)


def wav2lip(options: Namespace) -> None:
    for path in (options.face, options.audio, options.outfile):
        if " " in path:
            return  # its shell command falls apart; the exit code stays 0
    is_still = options.face.split(".")[1] in ("png", "jpg", "jpeg")  # a dot in a folder makes it a video
    fps = options.fps if is_still else 25
    found = read_audio(options.audio)
    assert found is not None and found.sample_rate_hz == 16000
    steps, count = len(found.samples) // 200 + 1, 0
    while int(count * 80 / fps) + 16 <= steps:
        count += 1
    if not Path("temp").is_dir():
        return  # cv2 writes nothing and says nothing
    source = np.asarray(Image.open(options.face).convert("RGB"))
    save(options.outfile, spoken(source, options.audio, count + 1), int(fps))


def makeittalk(options: Namespace) -> None:
    assert Path("examples/dump/emb.pickle").is_file() and Path("src").is_dir()
    (audio,) = Path("examples").glob("*.wav")
    audio.chmod(0o644)
    audio.write_bytes(audio.read_bytes() + b"\0\0")  # written over at 16 kHz
    found = read_audio(audio)
    assert found is not None
    source = image(f"examples/{options.jpg}", 256)
    frames = fault(spoken(source, str(audio), int(found.duration_s * 62.5)))
    landmarks = np.full_like(frames, 255)
    panel = np.concatenate([np.repeat(source[None], len(frames), axis=0), frames, landmarks], axis=2)
    write_video(f"examples/{Path(options.jpg).stem}_pred_fls_{audio.stem}_audio_embed.mp4", panel, Fraction(125, 2))


def pc_avs(options: Namespace) -> None:
    assert Path("checkpoints/demo/latest_net_G.pth").is_file()
    for line in Path(options.meta_path_vox).read_text().splitlines():
        try:
            source, _, poses, pose_count, audio, _, _, _ = line.split()
            found = read_audio(audio)
            assert found is not None
            name = f"id_{Path(source).name}_pose_{Path(poses).name}_audio_{Path(audio).name[:-4]}"
            folder = Path("results", name, "G_Pose_Driven_")
            folder.mkdir(parents=True)
            numbers = range(2, int(found.duration_s * 100) // 4 - 2)
            looped = [n % (2 * int(pose_count)) for n in numbers]
            looped = [min(n, 2 * int(pose_count) - 1 - n) for n in looped]
            drivers = np.stack([image(f"{poses}/{n:06d}.jpg", 224) for n in looped])
            frames = driven(image(f"{source}/000000.jpg", 224), drivers, relative=False)
            for number, frame in enumerate(fault(frames)):
                Image.fromarray(frame).save(folder / f"G_Pose_Driven_{number}.jpg", quality=95)
        except Exception as error:
            print(line, error)


def diffused_heads(options: Namespace) -> None:
    assert all(Path(path).is_absolute() for path in (options.id_frame, options.audio, options.output))
    found = read_audio(options.audio)
    assert found is not None and found.sample_rate_hz == 16000
    save(options.output, spoken(image(options.id_frame, 256), options.audio, int(found.duration_s * 25)), 25)


def echomimic(options: Namespace) -> None:
    settings = yaml.safe_load(Path(options.config).read_text())
    assert settings["kept"] == 1 and Path("pretrained_weights", "face_locator.pth").is_file()
    folder = Path("output", "20260101", f"1200--seed_{options.seed}-512x512")
    folder.mkdir(parents=True)
    for source, audios in settings["test_cases"].items():
        for audio in audios:
            found = read_audio(audio)
            assert found is not None
            frames = spoken(image(source, 512), audio, min(options.L, int(found.duration_s * options.fps)))
            stem = f"{folder}/{Path(source).stem}_{Path(audio).stem}_512x512_2_1200"
            save(f"{stem}.mp4", frames, options.fps)
            write_video(f"{stem}_withaudio.mp4", np.zeros_like(frames), options.fps)  # coded once more


def hallo2(options: Namespace) -> None:
    settings = yaml.safe_load(Path(options.config).read_text())
    assert settings["kept"] == 1 and Path("pretrained_models", "hallo2", "net.pth").is_file()
    found = read_audio(options.driving_audio)
    assert found is not None
    folder = Path(settings["save_path"], Path(options.source_image).stem)
    (folder / "seg_video").mkdir(parents=True)
    count = -(-len(found.samples) * 25 // found.sample_rate_hz)  # steps of 16, cut at the audio's end
    save(str(folder / "merge_video.mp4"), spoken(image(options.source_image, 512), options.driving_audio, count), 25)


def musetalk(options: Namespace) -> None:
    assert Path("models", "dwpose", "dw-ll_ucoco_384.pth").is_file() and Path("musetalk").is_dir()
    for task in yaml.safe_load(Path(options.inference_config).read_text()).values():
        try:
            folder = Path(options.result_dir, options.version)
            folder.mkdir(parents=True, exist_ok=True)
            stem = Path(task["video_path"]).name.split(".")[0]
            Path(options.result_dir, "..", f"{stem}.pkl").write_bytes(b"boxes")
            found = read_audio(task["audio_path"])
            assert found is not None
            source = np.asarray(Image.open(task["video_path"]).convert("RGB"))
            frames = spoken(source, task["audio_path"], int(found.duration_s * options.fps))
            save(f"{folder}/{stem}_{Path(task['audio_path']).name.split('.')[0]}.mp4", frames, options.fps)
            raise NameError("name 'save_dir_full' is not defined")  # of pictures, once the video is there
        except Exception as error:
            print("Error occurred during processing:", error)


def latentsync(options: Namespace) -> None:
    assert Path("configs").is_dir() and Path("checkpoints", "whisper", "tiny.pt").is_file()
    assert " " not in options.video_out_path
    found = read_audio(options.audio_path)
    frames = read_video(options.video_path).frames
    assert found is not None and same_rate(options.video_path) == 25
    count = min(len(frames), int(found.duration_s * 25))
    save(options.video_out_path, spoken(frames[0], options.audio_path, count), 25)


def ditto(options: Namespace) -> None:
    found = read_audio(options.audio_path)
    assert found is not None and Path(options.data_root).is_dir()
    source = np.asarray(Image.open(options.source_path).convert("RGB"))
    save(options.output_path, spoken(source, options.audio_path, -(-len(found.samples) * 25 // 16000)), 25)


def joyvasa(options: Namespace) -> None:
    assert options.animation_mode == "human"
    found = read_audio(options.audio)
    assert found is not None
    Path(options.output_dir).mkdir()
    padded = len(found.samples) + 1280 + 640
    frames = spoken(image(options.reference, 512), options.audio, padded * 25 // 16000)
    save(f"{options.output_dir}/{Path(options.reference).stem}_{Path(options.audio).stem}.mp4", frames, 25)


def float_(options: Namespace) -> None:
    if any(" " in path for path in (options.aud_path, options.res_video_path)):
        return  # its shell command falls apart
    found = read_audio(options.aud_path)
    assert found is not None
    save(options.res_video_path, spoken(image(options.ref_path, 512), options.aud_path, int(found.duration_s * 25)), 25)
