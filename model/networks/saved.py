"""A network with sizes of its own that is saved as a model folder and loaded from one, or from the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import torch
from huggingface_hub import ModelCard, ModelHubMixin, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled
from torch import nn

from feed_dataset.core.jobs.errors import words_of
from model.networks.card import card_data
from model.networks.checkpoint import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    Sizes,
    check_exactly,
    check_size,
    load_exactly,
    read_checkpoint,
    write_checkpoint,
)
from model.networks.errors import ModelError

S = TypeVar("S", bound=Sizes)


class SavedModel(nn.Module, ModelHubMixin, Generic[S]):
    """What all networks of this package that stand alone have in common: sizes, weights, and where they come from.

    Subclasses set `sizes` and take their sizes as the only argument.

    Attributes:
        config: every size that changes a shape.
        weights_sha256: of the file that the weights come from; None for fresh weights.
        provenance: how the weights were made; saved beside them.
        absent: networks that have no weights: a converted checkpoint without its head-pose file has ("pose_net",).
    """

    sizes: ClassVar[type[Any]]
    config: S

    def __init__(self, config: S) -> None:
        super().__init__()
        self.config = config
        self.weights_sha256: str | None = None
        self.provenance: dict[str, Any] = {}
        self.absent: tuple[str, ...] = ()

    def card(self) -> str:
        """Markdown that `save_pretrained` writes beside the weights: sizes, use, provenance."""
        raise NotImplementedError

    def parameter_counts(self) -> dict[str, int]:
        """Parameters per network."""
        return {name: sum(p.numel() for p in child.parameters()) for name, child in self.named_children()}

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **options: Any) -> Self:
        """Load a model folder or a hub id, in evaluation mode; floating weights become float32.

        Args:
            pretrained_model_name_or_path: folder with `config.json` and `model.safetensors`, or `owner/name`.
            options: `revision`, `token`, `cache_dir`, `force_download`, `local_files_only`, as for every hub model.

        Raises:
            ModelError: nothing there, a damaged file, or tensors that are missing, unknown or of another shape.
        """
        where = pretrained_model_name_or_path
        if Path(where).is_dir():
            return cls._load(Path(where) / CONFIG_FILE, Path(where) / WEIGHTS_FILE)
        try:
            return super().from_pretrained(where, **options)
        except (
            HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError,
        ) as error:  # fmt: skip
            reason = words_of(error).strip().splitlines()[0]
            raise ModelError(f"expected a model folder or a hub id but got {str(where)!r}: {reason}") from error

    @classmethod
    def _from_pretrained(
        cls,
        *,
        model_id: str,
        revision: str | None,
        cache_dir: str | Path | None,
        force_download: bool,
        local_files_only: bool,
        token: str | bool | None,
        **_: Any,
    ) -> Self:
        files = [
            hf_hub_download(
                model_id, name, revision=revision, cache_dir=cache_dir, force_download=force_download,
                local_files_only=local_files_only, token=token,
            )
            for name in (CONFIG_FILE, WEIGHTS_FILE)
        ]  # fmt: skip
        return cls._load(*map(Path, files))

    @classmethod
    def _load(cls, config_file: Path, weights_file: Path) -> Self:
        checkpoint = read_checkpoint(config_file, weights_file, cls.sizes)
        blank = cls._without_numbers(checkpoint.config)
        check_size(blank)
        check_exactly(blank, checkpoint.tensors, checkpoint.absent)
        model = cls(checkpoint.config)
        load_exactly(model, checkpoint.tensors, checkpoint.absent)
        model.weights_sha256, model.provenance = checkpoint.weights_sha256, checkpoint.provenance
        model.absent = checkpoint.absent
        return model.eval()

    @classmethod
    def _without_numbers(cls, config: S) -> Self:
        """Shapes alone: nothing is allocated. Raises ModelError where the sizes do not fit each other."""
        try:
            with torch.device("meta"):
                return cls(config)
        except (ValueError, RuntimeError, TypeError, IndexError, ZeroDivisionError) as error:
            raise ModelError(f"expected sizes of a model that fit each other but got: {error}") from error

    def _save_pretrained(self, save_directory: Path) -> None:
        tensors = {n: v for n, v in self.state_dict().items() if n.split(".", 1)[0] not in self.absent}
        write_checkpoint(save_directory, self.config, tensors, self.provenance, self.absent)

    def generate_model_card(self, *args: Any, **kwargs: Any) -> ModelCard:
        """What `save_pretrained` writes as README.md."""
        return ModelCard(f"---\n{card_data(self.provenance).to_yaml()}\n---\n\n{self.card()}")
