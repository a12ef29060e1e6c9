"""Teeth, gums and tongue: wet, soft-edged diffuse."""

from __future__ import annotations

from feed_dataset.synthetic.render.jit import helper
from feed_dataset.synthetic.render.kernel_math import Vec3, dot, normalise, reflect, smoothstep, value_noise2
from feed_dataset.synthetic.render.light import (
    FILL_COLOUR,
    FILL_DIRECTION,
    FILL_SPECULAR,
    KEY_COLOUR,
    KEY_DIRECTION,
    KEY_SPECULAR,
    LightLevels,
)
from feed_dataset.synthetic.render.materials import WET_F0
from feed_dataset.synthetic.render.shade_common import ambient, environment, ggx, wrapped

WRAP = 0.42
TEETH_ROUGHNESS = 0.24
TEETH_GLOW = 0.22
TONGUE_ROUGHNESS = 0.36


@helper
def _papillae(point: Vec3, normal: Vec3) -> tuple[float, Vec3]:
    """Brightness factor and bumpy normal of the tongue's surface."""
    x, y, z = point
    coarse = value_noise2(x * 70.0 + y * 31.0, z * 70.0)
    fine = value_noise2(x * 150.0, z * 150.0 + y * 47.0)
    bump_x = value_noise2(x * 90.0, z * 90.0 + 3.0) - 0.5
    bump_z = value_noise2(x * 90.0 + 17.0, z * 90.0) - 0.5
    bumpy = normalise((normal[0] + 0.35 * bump_x, normal[1], normal[2] + 0.35 * bump_z))
    return 0.82 + 0.36 * (coarse * 0.6 + fine * 0.4), bumpy


@helper
def shade_wet(
    view: Vec3,
    normal: Vec3,
    point: Vec3,
    colour: Vec3,
    occlusion: float,
    lit: float,
    is_tongue: bool,
    mouth_openness: float,
    light: LightLevels,
) -> Vec3:
    """Linear RGB of teeth, gum or tongue; `occlusion` is that of a wide open mouth."""
    roughness = TEETH_ROUGHNESS
    if is_tongue:
        roughness = TONGUE_ROUGHNESS
        gain, normal = _papillae(point, normal)
        colour = (colour[0] * gain, colour[1] * gain, colour[2] * gain)
    open_share = occlusion * (0.55 + 0.45 * mouth_openness)
    glow = 0.0
    if not is_tongue:  # enamel and gum pass light on: softer than their shape, and lit where lips shade them
        glow = TEETH_GLOW * smoothstep(0.2, 0.6, mouth_openness) * occlusion
        lit += (1.0 - lit) * 0.3 * open_share * smoothstep(0.2, 0.5, mouth_openness)
    key = wrapped(normal, KEY_DIRECTION, WRAP) * lit * (0.2 + 0.8 * open_share) * light.key
    fill = wrapped(normal, FILL_DIRECTION, WRAP) * open_share * light.fill
    dome = ambient(normal, light.ambient)
    key_gloss = light.key * lit * open_share * ggx(normal, view, KEY_DIRECTION, roughness, WET_F0) * KEY_SPECULAR
    fill_gloss = light.fill * open_share * ggx(normal, view, FILL_DIRECTION, roughness, WET_F0) * FILL_SPECULAR
    x = 1.0 - max(dot(normal, view), 0.0)
    fresnel = (WET_F0 + (1.0 - WET_F0) * x * x * x * x * x * 0.4) * open_share
    mirror = environment(reflect(view, normal), 0.35, light)
    return (
        colour[0] * (KEY_COLOUR[0] * (key + glow) + FILL_COLOUR[0] * fill + dome[0] * open_share)
        + (KEY_COLOUR[0] * key_gloss + FILL_COLOUR[0] * fill_gloss + mirror[0] * fresnel),
        colour[1] * (KEY_COLOUR[1] * (key + glow) + FILL_COLOUR[1] * fill + dome[1] * open_share)
        + (KEY_COLOUR[1] * key_gloss + FILL_COLOUR[1] * fill_gloss + mirror[1] * fresnel),
        colour[2] * (KEY_COLOUR[2] * (key + glow) + FILL_COLOUR[2] * fill + dome[2] * open_share)
        + (KEY_COLOUR[2] * key_gloss + FILL_COLOUR[2] * fill_gloss + mirror[2] * fresnel),
    )
