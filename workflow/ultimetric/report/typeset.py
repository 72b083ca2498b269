"""Numbers, captions and p-values as they stand on a page."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MINUS = re.compile(r"(?<![\w.)])-(?=\d)")
INDEX = re.compile(r"\b([A-Za-z])_([A-Za-z0-9]+)\b")
POWER = re.compile(r"(\d+(?:\.\d+)?)e([+-]\d+)")


def typeset(text: str) -> Markup:
    """A text with minus signs, indices and powers of ten as they are written by hand.

    >>> typeset("-0.13, p = 1.3e-12"), typeset("E_inc <= 2 GeV")
    (Markup('−0.13, p = 1.3 × 10<sup>−12</sup>'), Markup('E<sub>inc</sub> ≤ 2 GeV'))
    """
    plain = MINUS.sub("−", text.replace("<=", "≤").replace(">=", "≥"))
    return Markup(INDEX.sub(r"\1<sub>\2</sub>", POWER.sub(_power, str(escape(plain)))))


def paragraphs(caption: str) -> Markup:
    """Turn a caption into HTML paragraphs; none, if it is empty.

    Captions are plain text; ``names`` become code, and all else is typeset.

    >>> paragraphs("w = p_truth / p_model\\nstands in ``w_1``.")
    Markup('<p>w = p<sub>truth</sub> / p<sub>model</sub> stands in <code>w_1</code>.</p>')
    """
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", caption.strip())]
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup().join(map(_piece, re.split(r"(``.+?``)", block))))
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


def _piece(text: str) -> Markup:
    """A piece of a paragraph: a name in double backquotes, or text between two of them."""
    if text.startswith("``") and text.endswith("``") and text.strip("`"):
        return Markup("<code>{}</code>").format(text[2:-2])
    return typeset(text)


def _power(found: re.Match[str]) -> str:
    mantissa = "" if found[1] == "1" else f"{found[1]} × "
    return f"{mantissa}10<sup>{int(found[2])}</sup>".replace("-", "−")
