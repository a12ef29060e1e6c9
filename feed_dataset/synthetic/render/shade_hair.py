"""Strands: Kajiya-Kay diffuse, a white and a tinted highlight, light from behind."""

from __future__ import annotations

import math

from feed_dataset.synthetic.render.jit import helper
from feed_dataset.synthetic.render.kernel_math import (
    Vec3,
    add_scaled,
    clamp,
    cross,
    dot,
    normalise,
    power,
    smoothstep,
)
from feed_dataset.synthetic.render.light import (
    FILL_COLOUR,
    FILL_DIRECTION,
    KEY_COLOUR,
    KEY_DIRECTION,
    RIM_RIGHT_DIRECTION,
    LightLevels,
)
from feed_dataset.synthetic.render.materials import StrandShade
from feed_dataset.synthetic.render.shade_common import ambient


@helper
def _sine2(tangent: Vec3, direction: Vec3) -> float:
    """Squared sine of the angle between a strand and a direction."""
    cosine = dot(tangent, direction)
    return max(1.0 - cosine * cosine, 0.0)


@helper
def shade_strand(
    view: Vec3,
    tangent: Vec3,
    along: float,  # 0 root .. 1 tip
    tint: float,
    random: float,  # constant per strand, in [0, 1)
    occlusion: float,
    lit: float,
    look: StrandShade,
    light: LightLevels,
) -> Vec3:
    """Linear RGB of a point on a strand."""
    brightness = tint * (1.0 + look.tip_lightening * (along - 0.3))
    colour = (look.colour[0] * brightness, look.colour[1] * brightness, look.colour[2] * brightness)
    lit = lit + (1.0 - lit) * 0.06
    normal = normalise(cross(normalise(cross(tangent, view)), tangent))  # towards the viewer, across the strand
    # Cuticle scales tilt the two highlights to opposite sides (Marschner's R and TRT lobes).
    white_tangent = normalise(add_scaled(tangent, normal, 0.06 + 0.05 * (random - 0.5)))
    tinted_tangent = normalise(add_scaled(tangent, normal, -0.10))
    half_key = normalise(add_scaled(view, KEY_DIRECTION, 1.0))
    half_fill = normalise(add_scaled(view, FILL_DIRECTION, 1.0))
    white = 0.22 * power(_sine2(white_tangent, half_key), 45.0) * lit * light.key
    tinted = 1.5 * power(_sine2(tinted_tangent, half_key), 11.0) * lit * light.key
    white_fill = 0.10 * power(_sine2(white_tangent, half_fill), 35.0) * light.fill
    key = math.sqrt(_sine2(tangent, KEY_DIRECTION)) * lit * 0.8 * light.key
    fill = math.sqrt(_sine2(tangent, FILL_DIRECTION)) * occlusion * 0.7 * light.fill
    dome = ambient(normal, light.ambient)
    behind = clamp(0.5 - 0.5 * dot(view, RIM_RIGHT_DIRECTION), 0.0, 1.0) ** 4
    through = light.rim * 0.6 * look.specular * occlusion * behind
    root = 1.0 - look.root_darkening + look.root_darkening * smoothstep(0.0, 0.5, along)
    gloss = look.specular * occlusion
    red = colour[0] * (KEY_COLOUR[0] * key + FILL_COLOUR[0] * fill + dome[0] * occlusion * 0.85 + through)
    green = colour[1] * (KEY_COLOUR[1] * key + FILL_COLOUR[1] * fill + dome[1] * occlusion * 0.85 + through)
    blue = colour[2] * (KEY_COLOUR[2] * key + FILL_COLOUR[2] * fill + dome[2] * occlusion * 0.85 + through)
    red += gloss * ((white + colour[0] * tinted) * KEY_COLOUR[0] + white_fill * FILL_COLOUR[0])
    green += gloss * ((white + colour[1] * tinted) * KEY_COLOUR[1] + white_fill * FILL_COLOUR[1])
    blue += gloss * ((white + colour[2] * tinted) * KEY_COLOUR[2] + white_fill * FILL_COLOUR[2])
    return (red * root, green * root, blue * root)
