"""What makes a case of the table come out as it does; each is taken away in turn."""

from __future__ import annotations

from dataclasses import dataclass

PACKAGE = "workflow/ultimetric"


@dataclass(frozen=True)
class Mechanism:
    """Something that planning relies on.

    Arguments:
        file, old, new: the text that takes it away in place of the old one.
        arguments: of Snakemake that take it away.
    """

    file: str = ""
    old: str = ""
    new: str = ""
    arguments: tuple[str, ...] = ()


COMMON = "workflow/rules/common.smk"
STUDY = f"{PACKAGE}/planning/study.py"
CARDS = f"{PACKAGE}/planning/cards.py"
CHECKS = f"{PACKAGE}/planning/checks.py"
FINGERPRINT = f"{PACKAGE}/planning/fingerprint.py"
MECHANISMS = {
    # Snakemake does not compare a param whose function also takes `output`.
    "cfg": Mechanism(COMMON, "def cfg(wildcards):", "def cfg(wildcards, output):"),
    "code": Mechanism(COMMON, '"code": lambda wildcards:', '"code": lambda wildcards, output:'),
    "triggers": Mechanism(arguments=("--rerun-triggers", "mtime", "code")),
    "paths apart": Mechanism(
        COMMON,
        '"files": files',
        '"files": lambda wildcards: f"~{[path(wildcards) for path in outside.values()]}"',
    ),
    "checksums": Mechanism(arguments=("--max-checksum-file-size", "0")),
    "time of change": Mechanism(CHECKS, ":{stat.st_ctime_ns}", ""),
    "the card in use": Mechanism(
        CARDS, "return _merged(card,", 'return _merged({**card, "all": cards},'
    ),
    "resources apart": Mechanism(CARDS, " if key not in NO_SETTINGS}", "}"),
    "overrides apart": Mechanism(STUDY, 'override.pop("resources", None)', "pass"),
    "sorted keys": Mechanism(STUDY, "sort_keys=True, ", ""),
    "order by name": Mechanism(
        f"{PACKAGE}/planning/samples.py",
        "return sorted(set(names), key=place)",
        "return list(names)",
    ),
    "looks of those shown": Mechanism(
        f"{PACKAGE}/planning/style.py",
        'set(looks["colours"]) - set(shown)',
        "set()",
    ),
    "one block": Mechanism(
        f"{PACKAGE}/planning/settings.py",
        'return {"sample": sample, **_block(',
        'return {"blocks": [parts.config.repeats.blocks], "sample": sample, **_block(',
    ),
    "modules in use": Mechanism(
        STUDY,
        "set(plugins_in(cfg))",
        '{*plugins_in(cfg), "ultimetric.generators.controls.independent_voxels"}',
    ),
    "forms apart": Mechanism(FINGERPRINT, '"forms", ', ""),
    "looks of the terminal apart": Mechanism(FINGERPRINT, ', "progress")', ")"),
    "syntax trees": Mechanism(FINGERPRINT, "ast.dump(tree).encode()", "module.path.read_bytes()"),
    "major and minor": Mechanism(
        FINGERPRINT,
        'metadata.version(distribution).split(".")[:2]',
        "metadata.version(distribution)",
    ),
}
