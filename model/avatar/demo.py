"""A page in the browser: a photo and a video or sound in, a video out. Needs the package gradio."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.words import counted
from model.avatar.audio import has_sound
from model.avatar.avatar import Avatar, load_model
from model.avatar.canvas import Recipe
from model.avatar.drivers import DriverVideo
from model.avatar.film import animate
from model.avatar.spoken import Spoken
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError

_TITLE = "EMOPortraits"
_ABOUT = (
    "A photo driven by a video, by sound, or by both: then sound moves the mouth and the video the rest. **Relative**"
    " applies what changes since the video's first face; **absolute** takes expression and head pose as they are, as in"
    " the paper. The **seed** decides how the head moves to sound."
)


def make_video(
    model: EMOPortraits,
    photo: str | None,
    driver: str | None,
    out: Path,
    *,
    speech: Spoken | None = None,
    absolute: bool,
    expression: float,
    side_by_side: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Animate and tell in one line what was made. Raises ModelError, NoFaceError and the errors of reading."""
    if not photo or not (driver or speech):
        raise ModelError("expected a photo, and a video or sound; add what is missing")
    said: list[str] = []
    avatar = Avatar(photo, model)
    recipe = Recipe(transfer="absolute" if absolute else "relative", expression=expression, side_by_side=side_by_side)
    with ExitStack() as stack:
        videos = [stack.enter_context(DriverVideo(Path(driver), avatar.side_px, say=said.append))] if driver else []
        paths = [video.path for video in videos if has_sound(video.path)]
        sound = speech.path if speech is not None else next(iter(paths), None)
        report = animate(avatar, videos, out, speech=speech, sound=sound, recipe=recipe, progress=progress)
    lost = sum(report.without_face.values())
    held = f"; no face in {counted(lost, 'frame')}, where the last expression was held" if lost else ""
    return f"{report.length}{held}"


def build(model_name: str, listen: Callable[[Path, int], Spoken]) -> Any:
    """The page, a `gradio.Blocks`.

    Args:
        model_name: as in `load_model`.
        listen: makes of a file with sound and a seed what drives; raises FeedError where it cannot.

    Raises:
        ModelError: gradio is missing, or no such model.
    """
    try:
        import gradio
    except ImportError as error:
        raise ModelError("expected the package gradio; pip install 'feed-benchmark[demo]'") from error
    from feed_dataset.core.jobs.errors import FeedError

    model = load_model(model_name)
    folder = Path(tempfile.mkdtemp(prefix="feed-demo-"))

    def run(
        photo: str | None,
        driver: str | None,
        sound: str | None,
        absolute: bool,
        expression: float,
        side_by_side: bool,
        seed: float,
        progress: Any = gradio.Progress(),  # noqa: B008 - gradio finds it by this default
    ) -> tuple[str, str]:
        out = Path(tempfile.mkdtemp(dir=folder)) / "animated.mp4"
        try:
            told = make_video(
                model,
                photo,
                driver,
                out,
                speech=listen(Path(sound), round(seed)) if sound else None,
                absolute=absolute,
                expression=expression,
                side_by_side=side_by_side,
                progress=lambda done, total: progress((done, total), unit="frames"),
            )
        except FeedError as error:
            raise gradio.Error(str(error)) from error
        return str(out), told

    with gradio.Blocks(title=_TITLE) as page:
        gradio.Markdown(f"# {_TITLE}\n{_ABOUT}")
        with gradio.Row():
            with gradio.Column():
                photo = gradio.Image(label="Photo", type="filepath", height=320)
                driver = gradio.Video(label="Driver", height=320)
                sound = gradio.Audio(label="Speech", type="filepath")
            with gradio.Column():
                result = gradio.Video(label="Result", height=400, interactive=False)
                told = gradio.Textbox(label="What was made", interactive=False)
        with gradio.Row():
            absolute = gradio.Checkbox(label="Absolute motion")
            side_by_side = gradio.Checkbox(label="Side by side")
            expression = gradio.Slider(0.0, 3.0, value=1.0, step=0.1, label="Expression")
            seed = gradio.Number(0, label="Seed", precision=0, minimum=0)
        start = gradio.Button("Animate", variant="primary")
        inputs = [photo, driver, sound, absolute, expression, side_by_side, seed]
        start.click(run, inputs, [result, told], api_name="animate")
        gradio.Examples(_examples(), [photo, driver], cache_examples=False)
    return page


def _examples() -> list[list[str]]:
    """A photograph that a dependency ships (public domain) and rendered drivers."""
    from matplotlib.cbook import get_sample_data

    from feed_dataset.layout.mini import MINI_ROOT

    photo = str(get_sample_data("grace_hopper.jpg", asfileobj=False))
    return [[photo, str(MINI_ROOT / "S05" / "speech_C.mp4")], [photo, str(MINI_ROOT / "S06" / "MAU_strong_C.mp4")]]
