"""Skin, lips, mouth cavity, cloth: bumped diffuse with per-channel scattering, two-lobed oily highlight."""

from __future__ import annotations

import math

import numpy as np

from feed_dataset.synthetic.render.jit import helper
from feed_dataset.synthetic.render.kernel_math import (
    Vec3,
    add_scaled,
    clamp,
    cross,
    dot,
    lerp3,
    normalise,
    power,
    reflect,
    smoothstep,
)
from feed_dataset.synthetic.render.light import (
    FILL_COLOUR,
    FILL_DIRECTION,
    FILL_SPECULAR,
    KEY_COLOUR,
    KEY_DIRECTION,
    KEY_SPECULAR,
    RIM_COLOUR,
    RIM_LEFT_DIRECTION,
    RIM_RIGHT_DIRECTION,
    RIM_SPECULAR,
    LightLevels,
)
from feed_dataset.synthetic.render.materials import SKIN_BUMP_DM, SKIN_F0, SKIN_SCATTERING, SurfaceState
from feed_dataset.synthetic.render.shade_common import ambient, environment, ggx, wrapped

# Red light travels furthest under the skin: wider terminator, softer normals, less occlusion.
WRAP: Vec3 = (0.34, 0.17, 0.11)
NORMAL_BLUR: Vec3 = (0.75, 0.40, 0.0)
OCCLUSION_BLEED: Vec3 = (0.38, 0.10, 0.0)
GLOSS_BLUR = 0.4  # oil levels the pores
SHADOW_BLEED: Vec3 = (1.0, 0.35, 0.18)
MOUTH_RGB: Vec3 = (0.34, 0.115, 0.11)
THROAT_LIGHT = 0.14  # least openness of the wide open mouth's walls

# Places on the canonical (template) head, dm.
LIPS_AT: Vec3 = (0.0, 6.69, 1.5)
NOSE_AT: Vec3 = (0.0, 7.0, 1.6)
FOREHEAD_AT: Vec3 = (0.0, 7.75, 1.3)

WEAVE_PER_DM = 230.0  # threads of the shirt


@helper
def detail_height(
    detail: np.ndarray,  # float32 [H, W, 4], 0 .. 255
    u: float,
    v: float,
    wrinkles: Vec3,
) -> float:
    """Relief at (u, v): pores and static lines, minus the furrows that this expression folds."""
    height, width = detail.shape[0], detail.shape[1]
    x = clamp(u * width - 0.5, 0.0, width - 1.001)
    y = clamp((1.0 - v) * height - 0.5, 0.0, height - 1.001)
    column = int(x)
    row = int(y)
    fx = x - column
    fy = y - row
    w00 = (1.0 - fx) * (1.0 - fy) / 255.0
    w01 = fx * (1.0 - fy) / 255.0
    w10 = (1.0 - fx) * fy / 255.0
    w11 = fx * fy / 255.0
    weights = (2.0, -0.62 * wrinkles[0], -0.62 * wrinkles[1], -0.55 * wrinkles[2])
    relief = -1.0
    for channel in range(4):
        top = w00 * detail[row, column, channel] + w01 * detail[row, column + 1, channel]
        bottom = w10 * detail[row + 1, column, channel] + w11 * detail[row + 1, column + 1, channel]
        relief += (top + bottom) * weights[channel]
    return relief


@helper
def sample_rgb(
    texture: np.ndarray,  # float32 [H, W, 3]
    u: float,
    v: float,
) -> Vec3:
    """Bilinear sample; v = 1 is the top row."""
    height, width = texture.shape[0], texture.shape[1]
    x = clamp(u * width - 0.5, 0.0, width - 1.001)
    y = clamp((1.0 - v) * height - 0.5, 0.0, height - 1.001)
    column = int(x)
    row = int(y)
    fx = x - column
    fy = y - row
    a = (1.0 - fx) * (1.0 - fy)
    b = fx * (1.0 - fy)
    c = (1.0 - fx) * fy
    d = fx * fy
    t = texture
    return (
        a * t[row, column, 0] + b * t[row, column + 1, 0] + c * t[row + 1, column, 0] + d * t[row + 1, column + 1, 0],
        a * t[row, column, 1] + b * t[row, column + 1, 1] + c * t[row + 1, column, 1] + d * t[row + 1, column + 1, 1],
        a * t[row, column, 2] + b * t[row, column + 1, 2] + c * t[row + 1, column, 2] + d * t[row + 1, column + 1, 2],
    )


@helper
def face_viewer(normal: Vec3, view: Vec3) -> Vec3:
    """Interpolated normals may point away from the viewer at silhouettes: lean them just into sight."""
    towards = dot(normal, view)
    if towards >= 0.0:
        return normal
    return normalise(add_scaled(normal, view, -1.02 * towards))


@helper
def bumped_normal(
    normal: Vec3,
    du: Vec3,  # dP/du
    dv: Vec3,  # dP/dv
    slope_u: float,  # dh/du
    slope_v: float,
) -> Vec3:
    """Normal of the displaced surface (Blinn), from the surface gradient."""
    across_u = cross(dv, normal)
    across_v = cross(normal, du)
    area = dot(du, across_u)
    if abs(area) < 1e-6:
        area = 1e-6
    k = SKIN_BUMP_DM / area
    return normalise(add_scaled(add_scaled(normal, across_u, -k * slope_u), across_v, -k * slope_v))


@helper
def _oiliness(canonical: Vec3) -> float:
    """1 on nose and forehead, falling to 0."""
    x, y, z = canonical
    nose = ((x - NOSE_AT[0]) / 0.25) ** 2 + ((y - NOSE_AT[1]) / 0.35) ** 2 + ((z - NOSE_AT[2]) / 0.4) ** 2
    forehead = (x / 0.45) ** 2 + ((y - FOREHEAD_AT[1]) / 0.25) ** 2 + ((z - FOREHEAD_AT[2]) / 0.5) ** 2
    return clamp(math.exp(-nose) + math.exp(-forehead), 0.0, 1.0)


@helper
def _lip(canonical: Vec3) -> float:
    x = (canonical[0] - LIPS_AT[0]) * 0.55
    y = (canonical[1] - LIPS_AT[1]) * 1.1
    z = (canonical[2] - LIPS_AT[2]) * 0.4
    return 1.0 - smoothstep(0.04, 0.15, math.sqrt(x * x + y * y + z * z))


@helper
def _diffuse(
    normal: Vec3,
    wrap: float,
    lit: float,
    occlusion: float,
    key: float,
    fill: float,
    rim: float,
    dome: float,
) -> float:
    """Diffuse light in one colour channel."""
    exponent = 1.0 + wrap * 0.9  # keeps the energy of the wrapped cosine
    from_key = power(wrapped(normal, KEY_DIRECTION, wrap), exponent)
    from_fill = power(wrapped(normal, FILL_DIRECTION, wrap), exponent)
    from_rims = power(wrapped(normal, RIM_RIGHT_DIRECTION, wrap), exponent)
    from_rims += power(wrapped(normal, RIM_LEFT_DIRECTION, wrap), exponent)
    soft = fill * from_fill + rim * from_rims * 0.45 + dome
    return key * from_key * lit * (0.6 + 0.4 * occlusion) + soft * occlusion


@helper
def shade_skin(
    view: Vec3,
    normal: Vec3,  # smooth
    bumped: Vec3,  # with pores and wrinkles
    canonical: Vec3,  # template position, dm
    occlusion: float,
    mouth: float,  # share of mouth cavity, 0 .. 1
    cloth: float,
    relief: float,
    lit: float,
    albedo: Vec3,
    surface: SurfaceState,
    light: LightLevels,
) -> Vec3:
    """Linear RGB of skin, mouth cavity or shirt."""
    roughness = 0.56 - 0.10 * _oiliness(canonical)
    roughness += (0.38 - roughness) * _lip(canonical) * 0.7 - surface.sweat * 0.16
    specular = 1.0
    cavity = 1.0 + (clamp(1.0 + relief * 0.9, 0.5, 1.15) - 1.0) * 0.6  # pores are darker than ridges
    albedo = (albedo[0] * cavity, albedo[1] * cavity, albedo[2] * cavity)
    if mouth > 0.01:
        albedo = lerp3(albedo, MOUTH_RGB, mouth)
        roughness += (0.3 - roughness) * mouth
        occlusion *= 1.0 + (surface.mouth_openness - 1.0) * mouth
        occlusion = max(occlusion, THROAT_LIGHT * surface.mouth_openness * mouth)
    if cloth > 0.01:
        weave = math.sin(canonical[0] * WEAVE_PER_DM) * math.sin(canonical[1] * WEAVE_PER_DM)
        shirt = 0.86 + 0.14 * (0.5 + 0.5 * weave)
        share = smoothstep(0.45, 0.55, cloth)
        c = surface.cloth
        albedo = lerp3(albedo, (c[0] * shirt, c[1] * shirt, c[2] * shirt), share)
        roughness += (0.9 - roughness) * cloth
        specular *= 1.0 - 0.85 * share

    scatter = (1.0 - cloth) * SKIN_SCATTERING
    bleeding = lit
    if cloth <= 0.5:
        bleeding += (math.sqrt(lit) - lit) * 0.55
    red_normal = normalise(lerp3(bumped, normal, NORMAL_BLUR[0] * scatter))
    green_normal = normalise(lerp3(bumped, normal, NORMAL_BLUR[1] * scatter))
    dome = ambient(red_normal, light.ambient)
    red = _diffuse(
        red_normal, WRAP[0] * scatter, bleeding, power(occlusion, 1.0 - scatter * OCCLUSION_BLEED[0]),
        light.key * KEY_COLOUR[0], light.fill * FILL_COLOUR[0], light.rim * RIM_COLOUR[0], dome[0],
    )  # fmt: skip
    green = _diffuse(
        green_normal, WRAP[1] * scatter, lit + (bleeding - lit) * SHADOW_BLEED[1],
        power(occlusion, 1.0 - scatter * OCCLUSION_BLEED[1]),
        light.key * KEY_COLOUR[1], light.fill * FILL_COLOUR[1], light.rim * RIM_COLOUR[1], dome[1],
    )  # fmt: skip
    blue = _diffuse(
        bumped, WRAP[2] * scatter, lit + (bleeding - lit) * SHADOW_BLEED[2], occlusion,
        light.key * KEY_COLOUR[2], light.fill * FILL_COLOUR[2], light.rim * RIM_COLOUR[2], dome[2],
    )  # fmt: skip

    bumped = normalise(lerp3(bumped, normal, GLOSS_BLUR))
    # A broad lobe of the skin and a narrow one of its oil.
    lobes = 0.75 * ggx(bumped, view, KEY_DIRECTION, roughness, SKIN_F0)
    lobes += 0.25 * ggx(bumped, view, KEY_DIRECTION, roughness * 0.6, SKIN_F0)
    key = light.key * lit * lobes * KEY_SPECULAR
    fill = light.fill * occlusion * ggx(bumped, view, FILL_DIRECTION, roughness + 0.08, SKIN_F0) * FILL_SPECULAR
    rim = ggx(bumped, view, RIM_RIGHT_DIRECTION, roughness, SKIN_F0)
    rim += ggx(bumped, view, RIM_LEFT_DIRECTION, roughness, SKIN_F0)
    rim *= light.rim * occlusion * RIM_SPECULAR
    x = 1.0 - max(dot(bumped, view), 0.0)
    fresnel = (SKIN_F0 + (1.0 - SKIN_F0) * x * x * x * x * x * 0.35) * occlusion * occlusion
    mirror = environment(reflect(view, bumped), 0.75, light)
    gloss = specular * clamp(1.0 + relief * 1.6, 0.25, 1.2) * (0.5 + 0.5 * occlusion)
    return (
        albedo[0] * red
        + (KEY_COLOUR[0] * key + FILL_COLOUR[0] * fill + RIM_COLOUR[0] * rim + mirror[0] * fresnel) * gloss,
        albedo[1] * green
        + (KEY_COLOUR[1] * key + FILL_COLOUR[1] * fill + RIM_COLOUR[1] * rim + mirror[1] * fresnel) * gloss,
        albedo[2] * blue
        + (KEY_COLOUR[2] * key + FILL_COLOUR[2] * fill + RIM_COLOUR[2] * rim + mirror[2] * fresnel) * gloss,
    )
