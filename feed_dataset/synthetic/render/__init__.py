"""CPU renderer of synthetic heads. Import it only where pictures are made: it loads numba."""

from feed_dataset.synthetic.render.light import Light
from feed_dataset.synthetic.render.renderer import Renderer, RenderResult

__all__ = ["Light", "RenderResult", "Renderer"]
