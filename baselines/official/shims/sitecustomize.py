"""Runs when Python starts in a repository's environment, which may be as old as 3.6 and has nothing of ours.

FEED_SHIMS=a,b          names of changes to outside libraries that newer versions made necessary
FEED_RECORD=FOLDER      frames that are handed to a video writer are written there, too, and when they came
FEED_SEED=N             the seed of the shim "seed"

Nothing of the repository is changed. What a shim needs is imported only when the repository imports it.
"""

# Python 3.6 reads this file.
# ruff: noqa: UP031, B905
import atexit
import importlib.machinery
import importlib.util
import os
import sys
import time
import types

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOOKS = {}  # module name -> functions that get the module when it was imported


def _after(name):
    def register(function):
        _HOOKS.setdefault(name, []).append(function)
        return function

    return register


class _Finder:
    """Finds modules as all others do, and runs the hooks once such a module was executed."""

    def __init__(self):
        self.busy = set()

    def find_spec(self, name, path=None, target=None):
        if name not in _HOOKS or name in self.busy:
            return None
        self.busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy.discard(name)
        execute = getattr(getattr(spec, "loader", None), "exec_module", None)
        if execute is None:
            return None

        def exec_module(module):
            execute(module)
            for hook in _HOOKS[name]:
                hook(module)

        spec.loader.exec_module = exec_module
        return spec


class _Recording:
    """The frames of one video file, in FOLDER/<number>.

    file.txt        the name of the video
    shape.txt       height and width of its frames
    frames.rgb      their pixels, one after the other: no file for each, which takes longer than its pixels
    times.txt       a line for each call of the writer: when it was called and when it was left, `time.monotonic`
    refused.txt     what came instead of frames of one size
    """

    made = 0

    def __init__(self, target):
        _Recording.made += 1
        self.folder = os.path.join(os.environ["FEED_RECORD"], "%d-%04d" % (os.getpid(), _Recording.made))
        self.shape = None
        os.makedirs(self.folder)
        self.say("file.txt", os.path.basename(str(target)))
        self.frames = open(os.path.join(self.folder, "frames.rgb"), "wb", 0)
        self.times = open(os.path.join(self.folder, "times.txt"), "ab", 0)

    def say(self, name, text):
        with open(os.path.join(self.folder, name), "w") as stream:
            stream.write(text)

    def add(self, frame, to_rgb=None):
        import numpy

        frame = numpy.asarray(frame)
        if frame.dtype != numpy.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or not frame.size:
            self.say("refused.txt", "%s %s" % (frame.dtype, list(frame.shape)))
            return
        if self.shape is None:
            self.shape = frame.shape
            self.say("shape.txt", "%d %d" % self.shape[:2])
        if frame.shape != self.shape:
            self.say("refused.txt", "two sizes: %s and %s" % (list(self.shape), list(frame.shape)))
            return
        left = memoryview(numpy.ascontiguousarray(to_rgb(frame) if to_rgb else frame)).cast("B")
        while left:
            left = left[self.frames.write(left) :]

    def note(self, called):
        self.times.write(b"%.6f %.6f\n" % (called, time.monotonic()))


def _note_gpu_memory():
    """The most that PyTorch had on the GPU, when the process ends."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return
    folder = os.environ["FEED_RECORD"]
    if os.path.isdir(folder):
        with open(os.path.join(folder, "gpu-%d.txt" % os.getpid()), "w") as stream:
            stream.write("%d" % torch.cuda.max_memory_allocated())


class _Recorded:
    """A writer, and a recording of what passes through one of its methods."""

    def __init__(self, writer, method, recording, to_rgb=None):
        self.__dict__.update(_writer=writer, _method=method, _recording=recording, _to_rgb=to_rgb)

    def __getattr__(self, name):
        found = getattr(self._writer, name)
        if name != self._method:
            return found

        def pass_on(frame, *rest, **named):
            called = time.monotonic()
            self._recording.add(frame, self._to_rgb)
            given = found(frame, *rest, **named)
            self._recording.note(called)
            return given

        return pass_on

    def __enter__(self):
        self._writer.__enter__()
        return self

    def __exit__(self, *error):
        return self._writer.__exit__(*error)


def _record_imageio(module):
    get_writer, mimwrite = module.get_writer, module.mimwrite

    def recorded_writer(uri, *rest, **named):
        return _Recorded(get_writer(uri, *rest, **named), "append_data", _Recording(uri))

    def recorded_mimwrite(uri, ims, *rest, **named):
        ims, called, recording = list(ims), time.monotonic(), _Recording(uri)
        for image in ims:
            recording.add(image)
        recording.note(called)
        return mimwrite(uri, ims, *rest, **named)

    module.get_writer, module.mimwrite, module.mimsave = recorded_writer, recorded_mimwrite, recorded_mimwrite


def _record_cv2(module):
    original = getattr(module, "VideoWriter", None)
    if not isinstance(original, type):  # the outer half of cv2, or one that is recorded already
        return

    def to_rgb(frame):
        return module.cvtColor(frame, module.COLOR_BGR2RGB)

    def recorded_writer(*arguments, **named):
        target = arguments[0] if arguments else named.get("filename", "")
        return _Recorded(original(*arguments, **named), "write", _Recording(target), to_rgb)

    recorded_writer.fourcc = getattr(original, "fourcc", None)
    module.VideoWriter = recorded_writer


def _record_torchvision(module):
    write_video = getattr(module, "write_video", None)
    if write_video is None:
        return

    def recorded(filename, video_array, *rest, **named):
        called, recording = time.monotonic(), _Recording(filename)
        for frame in video_array:
            recording.add(frame.cpu().numpy() if hasattr(frame, "cpu") else frame)
        recording.note(called)
        return write_video(filename, video_array, *rest, **named)

    module.write_video = recorded


def _empty(name):
    """An empty package in the place of one that is not installed and of which nothing is used."""
    if importlib.util.find_spec(name) is None:
        module = types.ModuleType(name)
        module.__path__ = []
        module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        sys.modules[name] = module


def _torchvision_empty():
    _empty("torchvision")


def _torchvision_ops():
    @_after("torch")
    def operators(module):
        def nms(dets, scores, iou_threshold):
            """Numbers of the boxes that no better one covers by more than the threshold, best first."""
            order, kept = module.argsort(scores, descending=True), []
            areas = (dets[:, 2] - dets[:, 0]) * (dets[:, 3] - dets[:, 1])
            while len(order):
                best, order = order[0], order[1:]
                kept.append(best)
                low = module.max(dets[best, :2], dets[order, :2])
                high = module.min(dets[best, 2:], dets[order, 2:])
                common = (high - low).clamp(min=0).prod(dim=1)
                order = order[common <= iou_threshold * (areas[best] + areas[order] - common)]
            return module.stack(kept) if kept else module.empty(0, dtype=module.long)

        for name in ("nms", "qnms"):
            schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            module.library.define("torchvision::" + name, schema)
        module.library.impl("torchvision::nms", "CPU")(nms)

    @_after("torchvision.ops.boxes")
    def present(module):
        module._assert_has_ops = lambda: None


def _face_alignment_stub():
    module = types.ModuleType("face_alignment")
    module.LandmarksType = types.SimpleNamespace(TWO_D=1, _2D=1, THREE_D=3, _3D=3)
    module.FaceAlignment = lambda *rest, **named: None
    sys.modules["face_alignment"] = module


def _face_alignment_names():
    @_after("face_alignment")
    def names(module):
        for old, new in (("_2D", "TWO_D"), ("_3D", "THREE_D")):
            kind = module.LandmarksType
            if not hasattr(kind, old) and hasattr(kind, new):
                type.__setattr__(kind, old, getattr(kind, new))


def _yaml_loader():
    @_after("yaml")
    def loader(module):
        original = module.load

        def load(stream, Loader=module.FullLoader):  # noqa: N803 - the library's own name
            return original(stream, Loader=Loader)

        module.load = load


def _numpy_aliases():
    @_after("numpy")
    def aliases(module):
        for name, kind in (("float", float), ("int", int), ("bool", bool), ("object", object), ("complex", complex)):
            if name not in module.__dict__:
                setattr(module, name, kind)


def _skimage_circle():
    @_after("skimage.draw")
    def circle(module):
        if not hasattr(module, "circle"):
            module.circle = lambda r, c, radius, shape=None: module.disk((r, c), radius, shape=shape)


def _librosa_mel():
    @_after("librosa.filters")
    def positional(module):
        original = module.mel
        names = ("sr", "n_fft", "n_mels", "fmin", "fmax")

        def mel(*arguments, **named):
            return original(**dict(zip(names, arguments), **named))

        module.mel = mel


def _torchvision_functional_tensor():
    @_after("torchvision.transforms")
    def functional_tensor(module):
        name = "torchvision.transforms.functional_tensor"
        if importlib.util.find_spec(name) is None:
            alias = types.ModuleType(name)
            alias.rgb_to_grayscale = module.functional.rgb_to_grayscale
            sys.modules[name] = alias


def _torch_load_pickles():
    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"


def _cuda_as_cpu():
    @_after("torch")
    def on_cpu(module):
        if module.cuda.is_available():
            return
        module.Tensor.cuda = lambda self, *rest, **named: self
        module.nn.Module.cuda = lambda self, *rest, **named: self
        module.cuda.set_device = lambda *rest: None
        load = module.load

        def load_on_cpu(*rest, **named):
            if len(rest) < 2:
                named["map_location"] = "cpu"
            return load(*rest, **named)

        module.load = load_on_cpu


def _seed():
    import random

    seed = int(os.environ.get("FEED_SEED", "0"))
    random.seed(seed)
    _after("numpy")(lambda module: module.random.seed(seed))
    _after("torch")(lambda module: module.manual_seed(seed))


def _chain():
    """Run the sitecustomize that this one hides, if there is one."""
    for folder in sys.path:
        file = os.path.join(folder or ".", "sitecustomize.py")
        if os.path.isfile(file) and os.path.dirname(os.path.abspath(file)) != _HERE:
            spec = importlib.util.spec_from_file_location("hidden_sitecustomize", file)
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
            return


_chain()
for _name in filter(None, os.environ.get("FEED_SHIMS", "").split(",")):
    globals()["_" + _name.replace("-", "_")]()
if os.environ.get("FEED_RECORD"):
    atexit.register(_note_gpu_memory)
    _after("imageio")(_record_imageio)
    _after("cv2")(_record_cv2)
    _after("torchvision.io")(_record_torchvision)
if _HOOKS:
    sys.meta_path.insert(0, _Finder())
