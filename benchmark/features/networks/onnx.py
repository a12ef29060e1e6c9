"""ONNX networks with one image input and one output, through onnxruntime (extra `insightface`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import FeedError


class OnnxNetwork:
    """Runs a network on batches.

    A file whose batch size is fixed to one (some published exports, and patched "batched" ones mix pictures up) is
    run picture by picture.

    Args:
        device: "cpu", or "cuda" / "cuda:N" where this onnxruntime has CUDA; the same numbers come from the CPU
            otherwise.
        threads: of one picture's arithmetic; 1 gives every process its own core.

    Raises:
        FeedError: not an ONNX network with one input and one output.
    """

    def __init__(self, path: Path | str, *, device: str = "cpu", threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: warnings about unused initialisers help nobody
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=_providers(device))
        except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
            raise FeedError(f"expected an ONNX network but {path} cannot be read: {error}") from error
        except onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf as error:
            raise FeedError(f"expected an ONNX network but {path} is damaged: {error}") from error
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            counts = f"{len(inputs)} inputs and {len(outputs)} outputs"
            raise FeedError(f"expected a network with one input and one output but {path} has {counts}")
        self._session = session
        self._input, self._output = inputs[0].name, outputs[0].name
        self.input_shape: tuple[int | str | None, ...] = tuple(inputs[0].shape)
        self._one_by_one = self.input_shape[0] == 1

    def __call__(
        self,
        batch: np.ndarray,  # float32 [B, 3, S, S]
    ) -> np.ndarray:
        """The output of each picture, [B, ...]."""
        if self._one_by_one:
            return np.concatenate([self._run(batch[index : index + 1]) for index in range(len(batch))])
        return self._run(batch)

    def _run(self, batch: np.ndarray) -> np.ndarray:
        output: np.ndarray = self._session.run([self._output], {self._input: np.ascontiguousarray(batch)})[0]
        return output


def _providers(device: str) -> list[str]:
    import onnxruntime

    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    available = onnxruntime.get_available_providers()
    return [name for name in wanted if name in available] + ["CPUExecutionProvider"]
