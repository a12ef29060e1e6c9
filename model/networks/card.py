"""The model card that goes beside saved weights, and what the hub reads off it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from huggingface_hub import ModelCardData

_TEMPLATE = """\
# EMOPortraits, {size} px

One-shot head avatars (Drobyshev et al., CVPR 2024), stage 1. z has {z_dim} dimensions; the canonical volume is
{channels} x {depth} x {side} x {side}.

```python
from model import EMOPortraits

model = EMOPortraits.from_pretrained("this folder or its hub id")
identity = model.encode_source(source)  # [1, 3, {size}, {size}] in [0, 1], once per person
pictures = model.drive(identity, frames).image  # [T, 3, {size}, {size}]
```

Where the weights come from{lacking}:

```json
{provenance}
```
"""

_HUB_LICENCES = {"Apache-2.0": "apache-2.0", "MIT": "mit", "CC BY-NC 4.0": "cc-by-nc-4.0", "CC BY 4.0": "cc-by-4.0"}
"""Licence as our cards name it -> as the hub does."""


def card_data(provenance: Mapping[str, Any]) -> ModelCardData:
    """The front matter: licence as the hub names it, or under its own name; none where the weights have none."""
    said = provenance.get("licence")
    known = _HUB_LICENCES.get(str(said))
    return ModelCardData(
        license=known or ("other" if said else None),
        license_name=str(said) if said and not known else None,
        library_name="feed-benchmark",
        tags=["talking-head", "emoportraits"],
    )


def card_text(config: Any, provenance: Mapping[str, Any]) -> str:
    """Markdown without front matter."""
    without = ", ".join(map(str, provenance.get("without", ())))
    return _TEMPLATE.format(
        size=config.image_size_px,
        z_dim=config.z_dim,
        channels=config.volume_channels,
        depth=config.volume_depth,
        side=config.volume_size,
        lacking=f" (trained without these losses of the paper: {without})" if without else "",
        provenance=json.dumps(dict(provenance), indent=2, sort_keys=True),
    )
