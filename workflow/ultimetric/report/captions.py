"""Captions are paragraphs of plain text; ``names`` become code, nothing else is markup."""

from __future__ import annotations

import re

from markupsafe import Markup, escape


def to_html(caption: str) -> Markup:
    """Turn a caption into HTML paragraphs; none, if it is empty."""
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", caption.strip())]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(
            Markup(re.sub(r"``(.+?)``", r"<code>\1</code>", str(escape(block))))
        )
        for block in blocks
        if block
    )
