"""CPU renderer of synthetic heads. Import it only where pictures are made: it loads numba.

Shading, rasterising and shadows; no people and no motion.
"""

from feed_dataset.synthetic.render.light import Light
from feed_dataset.synthetic.render.renderer import Renderer, RenderResult

__all__ = ["Light", "RenderResult", "Renderer"]
