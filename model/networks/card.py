"""The model card that goes beside saved weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

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
