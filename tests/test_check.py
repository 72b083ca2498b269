"""`make check`: what the docs show works as printed, and each usual mistake gets its sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from page_blocks import in_docs
from places import REPOSITORY

from ultimetric.check.card import Card, shortened
from ultimetric.check.generator import check_generator
from ultimetric.errors import UserError

NETWORK = in_docs("tutorials/network.md", "python", "class Gaussian(")
CARDS = in_docs("tutorials/network.md", "yaml", "width: 32")


def written(folder: Path, text: str, cards: str | None = None) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    if cards is not None:
        path.with_suffix(".yaml").write_text(cards)
    return str(path)


def test_the_example_of_the_tutorial(tmp_path: Path) -> None:
    file = written(tmp_path, in_docs("tutorials/generator.md", "python", "class Smallest("))
    sentence = check_generator(file)
    assert sentence.startswith(
        f"{file}: all is well: Smallest (card cpu, recipe noise_after) has 4,028 "
    )


def test_the_network_of_the_docs(tmp_path: Path) -> None:
    sentence = check_generator(written(tmp_path, NETWORK, CARDS))
    assert "all is well: Gaussian (card cpu, recipe noise_after) has 2,143 parameters" in sentence
    assert sentence.endswith("from stored weights.")


def test_a_generator_that_builds_on_another(tmp_path: Path) -> None:
    text = """
        from ultimetric.generators.built_on import BuiltOn

        class Brighter(BuiltOn):
            def learn(self, training, validation, seed, checkpoint):
                return []

            def generate(self, c, rng):
                return 1.01 * self.base.generate(c, rng)
    """
    file = written(tmp_path, dedent(text))
    assert "all is well: Brighter" in check_generator(file, builds_on="caloinn")
    with pytest.raises(UserError, match="`builds_on` must name the generator that it builds on"):
        check_generator(file)


GOOD = '''
import torch
from torch import nn

from ultimetric.generators.base import Generator, tensors
from ultimetric.training.schedule import Schedule
from ultimetric.training.loop import train


class Mine(Generator):
    """The mean response, times noise, shared evenly."""

    def __init__(self, card, kind):
        super().__init__(card, kind)
        self.share = nn.Linear(1, kind.n_values)

    def learn(self, training, validation, seed, checkpoint):
        c, data = tensors(training, self.spectrum.device)

        def loss(rows, rng):
            rows = rows % len(c)
            mean = self.share(c[rows].float()) * self.card["width"]
            return (mean - data[rows]).square().mean()

        sizes = len(training), len(validation)
        return train("share", self.share, loss, sizes, Schedule(**self.card["train"]), seed)

    def generate(self, c, rng):
        noise = 1 + 0.1 * torch.rand(len(c), 1, generator=rng)
        return (c * 1e3 / 60 * noise).expand(-1, 60) + self.share(c.float()).abs()
'''
MINE = "cpu: {threads: 1, width: 1.0, train: {epochs: 20, batch: 50, lr: 1.0e-3}}\n"


def test_a_good_one(tmp_path: Path) -> None:
    sentence = check_generator(written(tmp_path, GOOD, MINE))
    assert re.search(
        r"all is well: Mine .* a step of 200 showers takes \d+ ms \(share\)", sentence
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "import torch\n",
            "import torhc\n",
            "line 2, in <module>: ModuleNotFoundError: No module",
        ),
        ("import Generator,", "import Generater,", "ImportError: cannot import name 'Generater'"),
        ("class Mine(Generator):", "class Mine(Generator)", "mine.py, line 10: expected ':'"),
        ("class Mine(Generator):", "class Mine:", "defines 0 public subclasses of Generator"),
        ("def generate(", "def sample_showers(", "lacks generate, which generators need"),
        (
            "generate(self, c, rng)",
            "generate(self, c)",
            "TypeError: Mine.generate() takes",
        ),
        (
            "super().__init__(card, kind)",
            "pass",
            "line 15, in __init__: AttributeError: cannot",
        ),
        (
            "super().__init__(card, kind)",
            "super().__init__()",
            "TypeError: Generator.__init__()",
        ),
        ("return train(", "train(", "learn returned None (is `return history` missing?)"),
        ("return (c", "voxels = (c", "generated None (is `return` missing?); needed is"),
        ("return (c", "return 1 * (c[1:]", "RuntimeError: The size of tensor"),
        (".abs()", ".abs() * -1e6", "deposits that are negative"),
        (
            ".expand(-1, 60) + self.share(c.float()).abs()",
            "",
            "generated torch.Tensor (16, 1)",
        ),
        ("c * 1e3", "c.mul_(1e3)", "generate changes the incident energies that it is"),
        (", generator=rng", "", "draws random numbers elsewhere"),
        ('"width"]', '"with"]', "of mine.yaml has no key 'with', did you mean 'width'?"),
        ('"width"]', '"layers"]', "has no key 'layers'; it has threads, width, train"),
        ("sizes = ", "training.voxels[:] /= 1e3\n        sizes = ", "learn changes the showers"),
    ],
)
def test_mistakes(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    assert GOOD.count(old) >= 1
    file = written(tmp_path, GOOD.replace(old, new, 1), MINE)
    with pytest.raises(UserError) as error:
        check_generator(file)
    assert sentence in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


STORED = """
import torch

from ultimetric.generators.base import Generator


class Mine(Generator):
    def __init__(self, card, kind):
        super().__init__(card, kind)
        self.register_buffer("mean", torch.zeros(1))
        self.own = [torch.nn.Linear(1, 60)]
        self.calls = 0

    def learn(self, training, validation, seed, checkpoint):
        LEARN
        return []

    def generate(self, c, rng):
        self.calls += 1
        return GENERATE
"""


@pytest.mark.parametrize(
    ("learn", "generate", "sentence"),
    [
        ("", "c + self.own[0](c.float()).abs()", "after its weights were stored"),
        ("self.scale = 10", "c.expand(-1, 60) * getattr(self, 'scale', 1)", "were stored"),
        ("self.mean = torch.ones(5)", "10 * c.expand(-1, 60)", "cannot load what it saved"),
        ("", "c.expand(-1, 60) / 6e3", "(is the unit MeV?); needed is deposits in MeV"),
        ("", "torch.ones(len(c), 60) * 1e3", "incident energies of 1 and of 100 GeV"),
        ("", "c.expand(-1, 60) * self.calls", "in the second call with the same seed"),
        ("", "c.squeeze()[:, None].expand(-1, 60)", "line 20, in generate: IndexError"),
    ],
)
def test_mistakes_that_samples_tell(
    learn: str, generate: str, sentence: str, tmp_path: Path
) -> None:
    text = STORED.replace("LEARN", learn).replace("GENERATE", generate)
    with pytest.raises(UserError) as error:
        check_generator(written(tmp_path, text))
    assert sentence in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


def test_no_cards(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="which does not exist, has no key 'train'"):
        check_generator(written(tmp_path, GOOD))
    with pytest.raises(UserError, match="it needs a recipe, for example preprocessing: noise_bef"):
        check_generator(written(tmp_path, NETWORK, CARDS), preprocessing="none")
    start = "super().__init__(card, kind)"
    silent = NETWORK.replace("Preprocessed, ", "").replace(
        start, f"{start}; card['preprocessing']"
    )
    with pytest.raises(UserError, match="the generator takes a recipe, such as `noise_after`"):
        check_generator(written(tmp_path, silent, CARDS), preprocessing="none")
    with pytest.raises(UserError, match=r"mine\.py: card: 'gpu' is not one of cpu"):
        check_generator(written(tmp_path, GOOD, MINE), card="gpu")
    with pytest.raises(UserError, match="did you mean 'noise_after'"):
        check_generator(written(tmp_path, GOOD, MINE), preprocessing="noise_aftr")
    with pytest.raises(UserError, match="no such file"):
        check_generator(str(tmp_path / "nothing.py"))


def test_keys_that_nothing_reads(tmp_path: Path) -> None:
    sentence = check_generator(written(tmp_path, GOOD, MINE.replace("width", "width: 1, wdth")))
    assert sentence.endswith("; nothing reads wdth of the card 'cpu' of mine.yaml.")
    card = Card({"a": 1, "b": 2}, "the card")
    assert (card.get("a"), card.get("c"), dict(card)) == (1, None, {"a": 1, "b": 2})
    assert card.read == {"a", "c"}


def test_schedules_are_shortened() -> None:
    card = {
        "width": 3,
        "train": {"epochs": 300, "batch": 64, "lr": 1e-3},
        "parts": [{"first_epoch": 9, "train": {"epochs": 7}}],
    }
    assert shortened(card) == {
        "width": 3,
        "train": {"epochs": 2, "batch": 200, "lr": 1e-3},
        "parts": [{"first_epoch": 0, "train": {"epochs": 2}}],
    }


@pytest.mark.slow
def test_the_command_line_loads_nothing_heavy_but_torch(tmp_path: Path) -> None:
    """From another folder, with a relative path, in a process of its own."""
    file = written(tmp_path, GOOD, MINE)
    script = (
        "import sys; from ultimetric.check.__main__ import main; main(); "
        "print({'matplotlib', 'sklearn', 'numba', 'pandas'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, "mine.py", "--seen-from", str(tmp_path)],
        env={"PYTHONPATH": str(REPOSITORY / "workflow"), "OMP_NUM_THREADS": "1"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.splitlines()[0].startswith(f"{file}: all is well: Mine")
    assert run.stdout.splitlines()[1:] == ["set()"]
    assert run.returncode == 0
