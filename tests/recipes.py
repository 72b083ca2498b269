"""Preprocessing as the rules hand it to a generator."""

RECIPE = [
    {"plugin": f"ultimetric.preprocessing.{name}", **options}
    for name, options in (
        ("threshold", {}),
        ("noise", {"width": 1e-3, "subtract": "mean"}),
        ("normalise", {}),
        ("energies", {}),
        ("logit", {"alpha": 1e-8}),
        ("standardise", {}),
    )
]
