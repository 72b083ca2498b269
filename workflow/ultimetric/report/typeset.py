"""Numbers, captions and p-values as they stand on a page."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MINUS = re.compile(r"(?<![\w.)])-(?=\d)")
POWER = re.compile(r"(\d+(?:\.\d+)?)e([+-]\d+)")


def typeset(text: str) -> Markup:
    """A text with minus signs, and with powers of ten as they are written by hand.

    >>> typeset("-0.13, p = 1.3e-12"), typeset("p < 1e-300")
    (Markup('−0.13, p = 1.3 × 10<sup>−12</sup>'), Markup('p &lt; 10<sup>−300</sup>'))
    """
    with_powers = POWER.sub(_power, MINUS.sub("−", str(escape(text))))
    return Markup(with_powers)


def paragraphs(caption: str) -> Markup:
    """Turn a caption into HTML paragraphs; none, if it is empty.

    Captions are plain text; ``names`` become code, nothing else is markup.
    """
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", caption.strip())]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(
            Markup(re.sub(r"``(.+?)``", r"<code>\1</code>", str(escape(block))))
        )
        for block in blocks
        if block
    )


def first_sentence(caption: str) -> str:
    """The first sentence of a caption without markup; empty if there is none.

    >>> first_sentence("AUC of ``w``\\nin bins. Below: p.")
    'AUC of w in bins.'
    """
    text = " ".join(caption.replace("``", "").split())
    return re.split(r"(?<=[.?!]) ", text, maxsplit=1)[0]


def _power(found: re.Match[str]) -> str:
    mantissa = "" if found[1] == "1" else f"{found[1]} × "
    return f"{mantissa}10<sup>{int(found[2])}</sup>".replace("-", "−")
