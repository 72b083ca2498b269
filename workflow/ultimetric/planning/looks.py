"""Check that figures can draw the colours and labels of a config."""

from __future__ import annotations

import re

from ultimetric.config.models import Config
from ultimetric.errors import UserError
from ultimetric.forms.names import meant

HEXADECIMAL = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})\Z")


def check_looks(config: Config) -> None:
    """Refuse colours that matplotlib does not know, and formulas that it cannot set.

    It is imported only where a config has such a colour or a dollar sign.

    Raises:
        UserError: A colour or a formula cannot be drawn.
    """
    for name, colour in config.style.colours.items():
        if not HEXADECIMAL.match(colour):
            _check_colour(colour, f"config, style.colours.{name}")
    for name, text in config.style.labels.items():
        if "$" in text:
            _check_formula(text, f"config, style.labels.{name}")
    for name, entry in config.figures.items():
        for key, value in {"title": entry.title, **entry.options}.items():
            if isinstance(value, str) and "$" in value:
                _check_formula(value, f"config, figures.{name}.{key}")


def _check_colour(colour: str, place: str) -> None:
    from matplotlib import colors

    if not colors.is_color_like(colour):
        hint = meant(colour, colors.get_named_colors_mapping())
        raise UserError(f"{place}: {colour!r} is no colour of matplotlib{hint}")


def _check_formula(text: str, place: str) -> None:
    from matplotlib import cbook, mathtext

    if not cbook.is_math_text(text):
        return
    try:
        mathtext.MathTextParser("path").parse(text)
    except (ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise UserError(f"{place}: {text!r} is no formula that can be set ({reason})") from None
