"""How ensembles of classifiers are trained: Adam, its learning rate, and when it ends.

The loop of `ultimetric.training`, which generators and the energy regression share, trains one
network after another. It is not used here: for 15 members of three layers of 64, with batches of
64 on one core, it needs 4.8 times the CPU time with 20 inputs, and 5.6 times with 504. (Layers of
512 and batches of 1000, which are meant for a GPU, need the same time with both.) An ensemble also
keeps the best step of each member, where that loop keeps one best epoch of all.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.cross_fit import CrossFit, ensemble_of, joined_fits
from ultimetric.classifiers.ensemble import Ensemble, Task, mean_logit
from ultimetric.classifiers.folds import FOLDS, fold_of, learners, learning_rows
from ultimetric.classifiers.precision import products
from ultimetric.classifiers.protocols import SELECTION, TRAINING
from ultimetric.classifiers.weights import History
from ultimetric.device import device
from ultimetric.errors import UserError
from ultimetric.progress import progress
from ultimetric.seeds import seed_from

EVALUATIONS = 50
CHOICES = {
    "select",
    "per_class",
    "last_batch",
    "best_epochs",
}  # keys of cards that are fields of `Task`


class Trained(Classifier):
    """Networks trained with Adam on a balanced binary cross-entropy.

    Each member keeps its step of lowest validation loss, or with `select: accuracy` that of
    highest accuracy on the validation showers; losses are computed about 50 times in a training,
    or with `each_epoch` after every epoch. A card gives `steps` or `epochs`,
    `batch`, `lr`, `weight_decay` and `decay`: `constant`, `onecycle`, or `plateau`, where the
    learning rate falls when the mean validation loss of all members has not improved for
    `patience` epochs.
    Other keys may be absent: `precision` (float32) of the matrix products, `early_stop`, the steps
    or epochs, as the card counts, without a better validation loss of any member after which
    training ends (never), Adam's `betas` (0.9, 0.999), and on a plateau the `factor` (0.1) of the
    learning rate, its `min_lr` (0) and the smallest `gain` of the loss that counts (a share of
    1e-4), Adam's `epsilon` (1e-8), and the fields `per_class`, `last_batch` and `best_epochs` of
    `Task`.
    """

    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """With several outputs, labels are classes and scores logits (N, R, C)."""
        rows = self._rows(fold_parts, seeds, fraction)
        return self._fit(x, label, rows, seeds, fold_of(fold_parts), learners(fold_parts))

    def fit_parts(
        self, x: np.ndarray, label: np.ndarray, part: np.ndarray, seeds: list[int]
    ) -> CrossFit:
        """Train the network of each run of a published protocol; score all showers with it.

        With `trials` in the card, a run has as many networks, whose mean C scores.

        Arguments:
            x: The inputs (N, D), float32.
            label: 1 for truth, 0 for sample (N,).
            part: The part of each shower in each run (N, R), see `protocols`.
            seeds: The random seed of each run.
        """
        fits = []
        for of_run, seed in zip(part.T, seeds, strict=True):
            rows = np.flatnonzero(of_run == TRAINING), np.flatnonzero(of_run == SELECTION)
            fold = np.zeros((len(x), 1), dtype=np.int64)
            trials = self.card.get("trials", 1)
            of_trials = [seed_from(seed, "trial", k) for k in range(trials)]
            found = [
                self._fit(x, label, [rows], [one], fold)
                for one in (of_trials if trials > 1 else [seed])
            ]
            if trials > 1:
                logits = torch.as_tensor(np.stack([fit.score for fit in found]))
                found = [ensemble_of(found, mean_logit(logits).numpy())]
            fits += found
        return joined_fits(fits)

    def _fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        rows: list[tuple[np.ndarray, np.ndarray]],
        seeds: list[int],
        fold: np.ndarray,
        known: np.ndarray | None = None,
    ) -> CrossFit:
        """Train an ensemble with as many members for each seed; the fold is scored by one."""
        with products(self.card.get("precision", "float32"), device()) as dtype:
            task = Task(label, rows, seeds, self.card["batch"], device(), known, dtype)
            task = replace(task, **{key: self.card[key] for key in CHOICES & self.card.keys()})
            ensemble = self._ensemble(x, task)
            torch.manual_seed(seed_from(*seeds))  # dropout
            history = self._train(ensemble)
            score, posterior_std = self._scores(ensemble, fold)
        shape = (-1, len(seeds), len(rows) // len(seeds))
        return CrossFit(
            score=score,
            history=History(
                step=history.step,
                train=history.train.reshape(shape),
                validation=history.validation.reshape(shape),
                chosen=history.chosen.reshape(shape[1:]),
                lr=np.repeat(history.lr, len(seeds), axis=1),
            ),
            n_train=ensemble.n_train,
            posterior_std=posterior_std,
        )

    def _rows(
        self, fold_parts: np.ndarray, seeds: list[int], fraction: float
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and validation rows of each member."""
        return [
            learning_rows(fold_parts[:, r], k, fraction, seed)
            for r, seed in enumerate(seeds)
            for k in range(FOLDS)
        ]

    @abstractmethod
    def _ensemble(self, x: np.ndarray, task: Task) -> Ensemble:
        """The ensemble before its training on inputs x (N, D)."""

    def _scores(
        self, ensemble: Ensemble, fold: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Out-of-fold logits (N, R), and the spread of their posterior if there is one."""
        return ensemble.scores(fold), None

    def _groups(self, ensemble: Ensemble) -> list[dict[str, Any]]:
        """Parameters with an optimiser's options of their own."""
        return [{"params": ensemble.parameters}]

    def _train(self, ensemble: Ensemble) -> History:
        """Losses (S, M) at every evaluation, nan after an early stop, the kept steps (M,) and the
        learning rate (S, 1).
        """
        optimiser = torch.optim.AdamW(
            self._groups(ensemble),
            lr=self.card["lr"],
            betas=tuple(self.card.get("betas", (0.9, 0.999))),
            eps=self.card.get("epsilon", 1e-8),
            weight_decay=self.card["weight_decay"],
            fused=True,
        )
        unit = 1 if "steps" in self.card else ensemble.per_epoch
        n_steps = unit * self.card["steps" if "steps" in self.card else "epochs"]
        patience = unit * self.card.get("early_stop", math.inf)
        each_epoch = self.card.get("each_epoch", False)
        every = ensemble.per_epoch if each_epoch else max(1, n_steps // EVALUATIONS)
        scheduler = self._scheduler(optimiser, n_steps, ensemble.per_epoch, every)
        on_plateau = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
        steps = np.arange(every, n_steps + 1, every)
        losses = np.full((2, len(steps), len(ensemble.best)), np.nan, dtype=np.float32)
        rates = np.full((len(steps), 1), np.nan)
        running = torch.zeros_like(ensemble.best)
        chosen = np.full(len(ensemble.best), every)
        for step in progress(range(n_steps), "classifier", "step", 0, n_steps):
            optimiser.zero_grad()
            running += ensemble.learn(ensemble.rows(step))
            optimiser.step()
            if not on_plateau:
                scheduler.step()
            if (step + 1) % every:
                continue
            best = ensemble.best
            validation = ensemble.validate()
            if on_plateau:
                scheduler.step((validation + ensemble.penalty()).mean().item())
            losses[:, step // every] = torch.stack([running / every, validation]).cpu()
            rates[step // every] = optimiser.param_groups[0]["lr"]
            running.zero_()
            chosen[(ensemble.best < best).cpu().numpy()] = step + 1
            if step + 1 - chosen.max() >= patience or ensemble.perfect:
                break
        return History(steps, *losses, chosen, rates)

    def _scheduler(
        self, optimiser: torch.optim.Optimizer, n_steps: int, per_epoch: int, every: int
    ) -> Any:
        decay = self.card["decay"]
        if decay == "onecycle":
            highest = [group["lr"] for group in optimiser.param_groups]
            return torch.optim.lr_scheduler.OneCycleLR(optimiser, highest, total_steps=n_steps)
        if decay == "plateau":
            gain = self.card.get("gain")
            return torch.optim.lr_scheduler.ReduceLROnPlateau(
                optimiser,
                threshold=gain or 1e-4,
                threshold_mode="abs" if gain else "rel",
                factor=self.card.get("factor", 0.1),
                patience=math.ceil(self.card["patience"] * per_epoch / every),
                min_lr=self.card.get("min_lr", 0.0),
            )
        if decay == "constant":
            return torch.optim.lr_scheduler.LambdaLR(optimiser, lambda _: 1.0)
        raise UserError(f"classifier: decay {decay!r} is not one of onecycle, plateau, constant")
