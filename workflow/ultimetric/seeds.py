"""Independent random seeds from names."""

import hashlib


def seed_from(*names: str | int) -> int:
    """A 63-bit seed that depends on every name and on their order.

    >>> seed_from(1, "eplus", "caloflow") == seed_from(1, "eplus", "caloinn")
    False
    """
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
