"""Published protocols: the released code and ours, from the same start with the same batches.

The released code is not part of this repository: CODE is the folder `code` of a clone of
CaloChallenge/homepage, or a clone of heidelberg-hepml/discriminator-metric. Its network, loss,
optimiser, schedule, choice of the epoch, calibration and evaluation run as they are on bundled
showers and smeared ones, a small network in single steps. Only dropout is left out, whose random
numbers differ. Prints the chosen epochs, the largest difference of logits, and all numbers.

    PYTHONPATH=workflow python benchmarks/protocols.py calochallenge CODE
    PYTHONPATH=workflow python benchmarks/protocols.py weights_paper CODE
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from showers import SMEARING, bundled, labels, plugin_and_card, smeared
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.ensemble import Ensemble
from ultimetric.classifiers.protocols import PROTOCOLS, SELECTION, TEST, TRAINING
from ultimetric.classifiers.runs import runs_of
from ultimetric.classifiers.scores import Scores
from ultimetric.events import Joined
from ultimetric.observed import compute, inputs_of

N, HIDDEN, BATCH, EPOCHS, SEED = 2000, 64, 130, 25, 1
CARDS = {"calochallenge": "calochallenge", "weights_paper": "paper"}
SMALL = {"hidden": [HIDDEN] * 3, "batch": BATCH, "epochs": EPOCHS, "dropout": 0.0, "lr": 2e-3}
NAMES = ("AUC", "JSD", "accuracy")


class Batches:
    """The batches of our training, epoch by epoch, for the loops of others."""

    def __init__(self, data: np.ndarray, rows: list[Tensor]) -> None:
        self.steps = [(torch.tensor(data[x.numpy()]),) for x in rows]
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.steps) // EPOCHS

    def __iter__(self) -> Iterator[tuple[Tensor]]:
        self.epoch += 1
        return iter(self.steps[(self.epoch - 1) * len(self) : self.epoch * len(self)])


class Trained:
    """Our run: the parameters before the training, the rows of all steps, and what was found."""

    def __init__(self, name: str, x: np.ndarray, label: np.ndarray) -> None:
        protocol = PROTOCOLS[name]
        self.card = plugin_and_card("classifiers", "dnn", CARDS[name])["card"] | SMALL
        if "patience" in self.card:
            self.card["patience"] = 1  # so that the learning rate falls
        self.part = protocol.divide(label, SEED)
        self.rows: list[Tensor] = []
        self.start: list[Tensor] = []
        learn = Ensemble.learn

        def watched(ensemble: Ensemble, rows: Tensor) -> Tensor:
            self.start = self.start or [x.detach().clone()[0] for x in ensemble.parameters]
            self.rows.append(rows[0].clone())
            return learn(ensemble, rows)

        Ensemble.learn = watched
        part = self.part[:, None]
        self.fit = Dnn(self.card | protocol.card).fit_parts(x, label, part, [SEED])
        Ensemble.learn = learn
        runs = runs_of(Scores(label, np.zeros_like(part), self.fit, None, part), name)
        self.numbers = [runs.auc_published[0], runs.jsd_published[0], runs.accuracy_published[0]]
        assert self.fit.history.chosen is not None
        self.epoch = self.fit.history.chosen.item() // self.fit.history.step[0]

    def give_start(self, network: nn.Module) -> None:
        """Set the parameters of another network to those before our training."""
        layers = [x for x in network.layers if isinstance(x, nn.Linear)]
        with torch.no_grad():
            for layer, matrix, bias in zip(
                layers, self.start[: len(layers)], self.start[len(layers) :], strict=True
            ):
                layer.weight.copy_(matrix.T)
                layer.bias.copy_(bias[0])


Released = tuple[int, np.ndarray, list[float]]  # epoch, logits of the tested rows, numbers


def of_the_challenge(code: Path, x: np.ndarray, label: np.ndarray, ours: Trained) -> Released:
    """The run of evaluate.py, without its command line and with our division."""
    tree = ast.parse((code / "evaluate.py").read_text())
    tree.body = [x for x in tree.body if isinstance(x, ast.FunctionDef | ast.ClassDef)]
    their: dict[str, Any] = {"np": np, "torch": torch, "os": os}
    their |= {f.__name__: f for f in (accuracy_score, roc_auc_score, calibration_curve)}
    their["IsotonicRegression"] = IsotonicRegression
    exec(compile(tree, "evaluate.py", "exec"), their)
    data = np.column_stack([x, label]).astype(np.float64)
    selection, test = (
        DataLoader(TensorDataset(torch.tensor(data[ours.part == part])), BATCH)
        for part in (SELECTION, TEST)
    )
    network = their["DNN"](len(ours.card["hidden"]) - 1, HIDDEN, x.shape[1]).double()
    ours.give_start(network)
    optimiser = torch.optim.Adam(network.parameters(), lr=ours.card["lr"])
    with TemporaryDirectory() as folder:
        options = {"cls_n_epochs": EPOCHS, "mode": "cls", "dataset": "x", "device": "cpu"}
        given = SimpleNamespace(**options, output_dir=folder, save_mem=False)
        batches = Batches(data, ours.rows)
        their["train_and_evaluate_cls"](network, batches, selection, optimiser, given)
        their["load_classifier"](network, given)
    with torch.no_grad():
        accuracy, auc, jsd = their["evaluate_cls"](
            network, test, given, final_eval=True, calibration_data=selection
        )
        logits = network(torch.tensor(data[ours.part == TEST, :-1]))[:, 0].numpy()
    return given.best_epoch, logits, [auc, float(jsd), accuracy]


def of_the_weights_paper(code: Path, x: np.ndarray, label: np.ndarray, ours: Trained) -> Released:
    """The run of the released code, with Adam's usual epsilon (there 1e-6)."""
    sys.path.insert(0, str(code))
    from src.dataset import DiscriminatorData
    from src.train import DiscriminatorTraining

    part, data = ours.part, x.astype(np.float64)
    sides = [data[(part == k) & (label == v)] for k in (TRAINING, TEST, SELECTION) for v in (1, 0)]
    options = {
        "activation": "leaky_relu",
        "layers": len(ours.card["hidden"]) + 1,  # with the last one
        "hidden_size": HIDDEN,
        "bayesian": False,
        "lr_scheduler": "reduce_on_plateau",
        "lr_decay_factor": 0.1,
        "lr_patience": ours.card["patience"],
        "batch_size": BATCH,
        "eps": 1e-8,
        **{key: ours.card[key] for key in ("dropout", "lr", "weight_decay", "epochs")},
    }
    torch.set_default_dtype(torch.float64)
    with TemporaryDirectory() as folder:
        given = DiscriminatorData("x", "x", x.shape[1], *sides, [])
        training = DiscriminatorTraining(options, torch.device("cpu"), given, folder)
        ours.give_start(training.model)
        # Validation leaves the incomplete last batch out there.
        for name, side in (("true", sides[4]), ("fake", sides[5])):
            loader = DataLoader(TensorDataset(torch.tensor(side)), len(side))
            setattr(training, f"val_loader_{name}", loader)
        truth, sample = ([rows[label[rows] == v] for rows in ours.rows] for v in (1, 0))
        training.train_loader_true = Batches(data, truth)
        training.train_loader_fake = Batches(data, sample)
        training.train()
        losses, rates = (np.array(training.losses[key]) for key in ("val_loss", "lr"))
        training.load("best")
        w = np.concatenate(training.predict()[:2])
    torch.set_default_dtype(torch.float32)
    away = np.abs(losses - ours.fit.history.validation[:, 0, 0]).max()
    sys.stderr.write(f"validation losses differ by {away:.1g}; rates {sorted(set(rates))}\n")
    tested = label[part == TEST]
    entropy = np.mean(np.log1p(np.where(tested == 1, 1 / w, w)))
    numbers = [roc_auc_score(tested, w), 1 - entropy / np.log(2), accuracy_score(tested, w > 1)]
    return int(losses.argmin()) + 1, np.log(w), numbers


RELEASED: dict[str, Callable[[Path, np.ndarray, np.ndarray, Trained], Released]] = {
    "calochallenge": of_the_challenge,
    "weights_paper": of_the_weights_paper,
}


def main(name: str, code: str) -> None:
    torch.set_num_threads(1)
    showers, rng = bundled("calogan_coarse"), np.random.default_rng(1)
    both = Joined((showers[:N], smeared(showers[N : 2 * N], SMEARING, rng)))
    x = inputs_of("high_level", both, compute(both)).astype(np.float32)
    label = labels(N, N)
    ours = Trained(name, x, label)
    with redirect_stdout(StringIO()):
        epoch, logits, numbers = RELEASED[name](Path(code), x, label, ours)
    away = np.abs(logits - ours.fit.score[ours.part == TEST, 0]).max()
    print(f"{name}: best epoch {epoch} released, {ours.epoch} ours; logits differ by {away:.1g}")
    for told, theirs, mine in zip(NAMES, numbers, ours.numbers, strict=True):
        print(f"{told:8} released {theirs:.8f}, ours {mine:.8f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
