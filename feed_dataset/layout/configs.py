"""The named selections of FEED: one per task, everything, and what the paper trains and tests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.layout.names import TASKS
from feed_dataset.layout.splits import SPLITS

DEFAULT = "all"
PAPER_TRAIN_TASKS = ("winks", "tongue", "extreme", "asymmetric")
"""What EMOPortraits trains on."""
PAPER_TEST_TASKS = ("extreme",)
"""The drivers of the paper's FEED test: 100 frames of the extreme task of five held-out subjects."""


class ConfigError(FeedError, ValueError):
    """No selection has this name. A ValueError too, because `datasets` raises one for unknown configs."""


@dataclass(frozen=True)
class Config:
    """Which tasks each split shows."""

    name: str
    summary: str
    tasks: Mapping[str, tuple[str, ...]]  # by split: keys of feed_dataset.layout.names.TASKS

    def takes(self, task: str, split: str) -> bool:
        """Whether a clip of this task and split belongs to the selection."""
        return task in self.tasks[split]


def _alike(name: str, summary: str, *tasks: str) -> Config:
    return Config(name, summary, MappingProxyType({split: tasks for split in SPLITS}))


# One "paper" and not one selection for training and one for testing: which half of the protocol is meant is what the
# split says already, and pairs such as a training selection's test split would have no meaning.
_PAPER = Config(
    "paper",
    "the paper's protocol: winks, tongue, extreme and asymmetric to train and validate, extreme to test",
    MappingProxyType({"train": PAPER_TRAIN_TASKS, "validation": PAPER_TRAIN_TASKS, "test": PAPER_TEST_TASKS}),
)
CONFIGS: Mapping[str, Config] = MappingProxyType(
    {
        config.name: config
        for config in (
            _alike(DEFAULT, "every task", *TASKS),
            *(_alike(task, title, task) for task, title in TASKS.items()),
            _PAPER,
        )
    }
)


def config_named(name: str) -> Config:
    """The selection with this name. Raises ConfigError, which names the nearest."""
    config = CONFIGS.get(name)
    if config is None:
        raise ConfigError(unknown("config", name, CONFIGS))
    return config
