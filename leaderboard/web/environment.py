"""Templates of the pages; everything that a template is given is escaped."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self' blob:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'"
)
"""Nothing is fetched from anywhere else, and no script or style stands in a page."""


@cache
def environment() -> Environment:
    """The one environment of all pages."""
    return Environment(
        loader=PackageLoader("leaderboard", "web/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _printable(value: Any) -> Any:
    """Names and reasons are somebody's bytes: no control or direction characters, which turn a line round."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c.isprintable() else " " for c in value)


def page(template: str, **values: Any) -> str:
    """One page.

    Args:
        values: for the template; `root` is the relative address of the top, such as "../".
    """
    return environment().get_template(template).render(policy=POLICY, **values)


def data_block(content: Any) -> Markup:
    """JSON that may stand in a script element of type application/json: no "<" ends it."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def static_files() -> dict[str, bytes]:
    """The style sheet, scripts and icon by name."""
    return {
        one.name: one.read_bytes()
        for one in sorted((files("leaderboard.web") / "static").iterdir(), key=lambda f: f.name)
    }
