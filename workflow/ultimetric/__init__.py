"""Judge generative models of detector showers with classifier weights (arXiv:2305.16774).

Nothing is imported here, so that every stage loads only what it uses.
"""

__version__ = "0.1.0"
