"""Formulas as MathML, which browsers draw themselves: no script and no font is needed."""

from docutils import nodes
from docutils.utils.math import latex2mathml


def written(tex: str, block: bool) -> str:
    """The MathML of a formula in TeX."""
    return latex2mathml.tex2mathml(tex, as_block=block)


def inline(translator, node):
    """Write a formula in a line of text."""
    translator.body.append(written(node.astext(), block=False))
    raise nodes.SkipNode


def displayed(translator, node):
    """Write a formula that stands alone."""
    translator.body.append(f'<div class="formula">{written(node.astext(), block=True)}</div>')
    raise nodes.SkipNode


def setup(app):
    """Name the renderer for `html_math_renderer`."""
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    return {"parallel_read_safe": True}
