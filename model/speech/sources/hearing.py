"""What both sources take: something that makes features of a file's sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from torch import Tensor

Hear = Callable[[Path, np.ndarray], Tensor]
"""A file with sound and times [T] on its clock, to features [T, D]."""
