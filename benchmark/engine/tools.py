"""What one worker process keeps loaded: models of features, and methods, each at most once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from baselines.doors.place import line_of, source_file
from baselines.doors.spec import MethodSpec
from baselines.interface.errors import MethodUnavailable
from baselines.interface.method import Method
from baselines.interface.speed import CaseSpeed
from baselines.interface.stopwatch import DriveSpeed
from benchmark.features.models import ModelCache
from benchmark.features.types.extractor import Compute
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import is_out_of_memory


class Tools:
    """Tools of one process, loaded on first use.

    Args:
        models: of features.
        load_method: how to load a method on a device; a test passes its own.
        objects: methods that are here already, by name; they are asked to load on the device, too.
    """

    def __init__(
        self,
        models: ModelCache | None = None,
        load_method: Callable[[MethodSpec, str], Method] | None = None,
        objects: Mapping[str, Method] | None = None,
    ) -> None:
        self.models = models or ModelCache()
        self._load_method = load_method or _load
        self._objects = objects or {}
        self._methods: dict[str, Method] = {}
        self._unavailable: dict[str, str] = {}
        self._load_s: dict[str, float] = {}
        self._driven: set[str] = set()

    def method(self, spec: MethodSpec) -> Method:
        """A method that is ready to work on the device of the features' networks.

        Raises:
            MethodUnavailable: it cannot be loaded. This process does not try again: the next case has the same reason.
        """
        if spec.name in self._unavailable:
            raise MethodUnavailable(self._unavailable[spec.name])
        if spec.name not in self._methods:
            begin = time.perf_counter()
            try:
                self._methods[spec.name] = self._ready(spec)
            except MethodUnavailable as error:
                self._unavailable[spec.name] = str(error)
                raise
            self._load_s[spec.name] = time.perf_counter() - begin
        return self._methods[spec.name]

    def measured(self, spec: MethodSpec, drive: DriveSpeed) -> CaseSpeed:
        """What was measured of a method's case, with what this process knows besides."""
        is_first = spec.name not in self._driven
        self._driven.add(spec.name)
        return CaseSpeed(self._load_s[spec.name], is_first, drive)

    def is_lent(self, spec: MethodSpec) -> bool:
        """Whether the method is somebody's object, in somebody's process."""
        return spec.name in self._objects

    def _ready(self, spec: MethodSpec) -> Method:
        if spec.name in self._objects:
            method = self._objects[spec.name]
            _load_on(method, spec, self.models.compute.device)
            return method
        return self._load_method(spec, self.models.compute.device)


def start_tools(compute: Compute) -> Tools:
    """The tools of a worker process."""
    return Tools(ModelCache(compute=compute))


def _load(spec: MethodSpec, device: str) -> Method:
    method = spec.load()
    if not isinstance(method, Method):
        raise MethodUnavailable(f"expected {spec.name} to be a method that is a class but got {type(method).__name__}")
    _load_on(method, spec, device)
    return method


def _load_on(method: Method, spec: MethodSpec, device: str) -> None:
    """Call the method's `load`. It is anybody's code: whatever it raises is a reason, not a crash of the run."""
    try:
        method.load(device)
    except FeedError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise  # the executor makes the case once more
        reason = line_of(error, source_file(type(method)))
        raise MethodUnavailable(f"expected {spec.name} to load on {device} but got {reason}") from error
