"""The code blocks of the documentation: what they say is so, and tutorials do what they show."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import yaml
from page_blocks import Block, all_blocks, blocks, pages
from places import REPOSITORY, WORKFLOW
from reported import ROWS
from snakemake.cli import get_argument_parser

from ultimetric.analyses.numbers import number_table, write_numbers
from ultimetric.config.models import Config, parse
from ultimetric.planning.load import load_study

TUTORIALS = [page for page in pages() if page.parent.name == "tutorials"]
MAKEFILE = (REPOSITORY / "Makefile").read_text()
# Programs of others: what they are told is not checked.
OTHERS = {"pip", "sh", "export", "git", "h5repack", "pre-commit", "jupyter"}
LONGEST = 160  # lines of a page that is read in one sitting


def commands() -> list[tuple[str, list[str]]]:
    """The page and the words of every command; a comment and a continued line are no commands."""
    found = []
    for block in all_blocks("sh", "bash"):
        text = block.text.replace("\\\n", " ")
        for line in text.splitlines():
            if words := shlex.split(line, comments=True):
                found.append((block.page, words))
    return found


COMMANDS = commands()


def program(words: list[str]) -> tuple[str, list[str]]:
    """The name of a program and its arguments, behind variables of the environment."""
    while "=" in words[0]:
        words = words[1:]
    return Path(words[0]).name, words[1:]


def of(name: str) -> list[tuple[str, list[str]]]:
    """The page and the arguments of all commands of a program."""
    return [(page, program(words)[1]) for page, words in COMMANDS if program(words)[0] == name]


def test_there_are_blocks_and_commands() -> None:
    assert len(all_blocks("python")) > 15
    assert len(all_blocks("yaml")) > 25
    assert len(of("snakemake")) > 20
    assert len(of("make")) > 15


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_python_is_python(block: Block) -> None:
    compile(block.text, block.page, "exec")


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_keys_are_those_of_a_config(block: Block) -> None:
    content = yaml.safe_load(block.text)
    if set(content) & set(Config.model_fields):
        parse(content)
    else:  # a card, a geometry or a profile
        assert isinstance(content, dict)


@pytest.mark.parametrize(("page", "arguments"), of("make"))
def test_make_knows_its_targets_and_words(page: str, arguments: list[str]) -> None:
    (target, *words) = arguments
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), page
    for word in words:
        name = word.partition("=")[0]
        assert f"$({name})" in MAKEFILE or name == "PYTHON", page


@pytest.mark.parametrize(("page", "arguments"), of("snakemake"))
def test_snakemake_knows_its_options_and_files(page: str, arguments: list[str]) -> None:
    """Files of the repository are there; others are the reader's."""
    given = get_argument_parser().parse_args(arguments)
    for path in map(str, given.configfile or []):
        assert "/" not in path or (REPOSITORY / path).is_file(), page
    if given.workflow_profile:
        assert (REPOSITORY / given.workflow_profile / "config.yaml").is_file(), page
    assert not given.targets


@pytest.mark.parametrize(("page", "arguments"), of("python"))
def test_python_is_told_what_is_there(page: str, arguments: list[str]) -> None:
    if arguments[0] == "-m":
        assert importlib.util.find_spec(arguments[1]), page
    else:
        assert (REPOSITORY / arguments[0]).is_file(), page


def test_other_programs_are_few() -> None:
    ours = {"make", "snakemake", "python"}
    assert {program(words)[0] for _, words in COMMANDS} - ours - OTHERS == set()


def ready() -> list[list[str]]:
    """The config files and the config of each ready study that a page runs, once."""
    found = set()
    for _, arguments in of("snakemake"):
        given = get_argument_parser().parse_args(arguments)
        names = tuple(map(str, given.configfile or ["config.yaml"]))
        if all((REPOSITORY / name).is_file() for name in names) and "judge" not in names[0]:
            scale = [word for word in arguments if word.startswith("scale=")]
            found.add((*names, *(("--config", *scale) if scale else ())))
    return sorted(map(list, found))


@pytest.mark.workflow
@pytest.mark.parametrize("arguments", ready(), ids=" ".join)
def test_ready_studies_are_planned(arguments: list[str], tmp_path: Path) -> None:
    """Snakemake makes a plan of each, in an empty folder."""
    names = [x if x.startswith(("-", "scale=")) else str(REPOSITORY / x) for x in arguments]
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    run = subprocess.run(
        [*command, "--dry-run", "--quiet", "all", "--configfile", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_does_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are saved as told, Python is run, and studies are planned whose files are there.

    The default study has been run: its numbers are there.
    """
    monkeypatch.chdir(tmp_path)
    numbers = Path("results/default/metrics.csv")
    numbers.parent.mkdir(parents=True)
    write_numbers(numbers, number_table(ROWS), published=True)
    names: dict[str, Any] = {}
    with mpl.rc_context({"backend": "agg"}):
        for block in blocks(page):
            if block.saved:
                Path(block.saved).write_text(block.text)
            elif block.language == "python":
                exec(compile(block.text, str(page), "exec"), names)
    for block in blocks(page):
        files = re.findall(r"[\w/]+\.(?:hdf5|yaml|py)\b", block.text)
        if "study:" in block.text and all(Path(file).is_file() for file in files):
            load_study(yaml.safe_load(block.text), tmp_path / "checks.json")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_files_that_are_named_are_there(page: Path) -> None:
    """Those of the repository, as `workflow/...`, `docs/...` or the like."""
    named = re.findall(
        r"`((?:workflow|docs|tests|benchmarks|envs|profiles)/[\w./-]+)`", page.read_text()
    )
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def test_pages_fit_a_sitting() -> None:
    own = [x for x in pages() if x.is_relative_to(REPOSITORY / "docs")]
    assert len(own) > 50
    lengths = {str(x): len(x.read_text().splitlines()) for x in own}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_to_files_of_the_repository(page: Path) -> None:
    """A reader of the plain repository can follow each; pages that a build makes are not there."""
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    targets = {link: (page.parent / link).resolve() for link in links}
    made = REPOSITORY / "docs" / "reference"
    broken = [x for x, y in targets.items() if not y.exists() or y.is_relative_to(made)]
    assert broken == []


def test_studies_are_files(tmp_path: Path) -> None:
    """Ready studies that a text names as `--configfile` are there."""
    text = "\n".join(page.read_text() for page in pages())
    named = set(re.findall(r"workflow/studies/[\w-]+\.yaml", text))
    assert len(named) > 8
    assert [x for x in named if not (WORKFLOW.parent / x).is_file()] == []
