"""The spread of a generator's density in the posterior of its weights, beside classifier weights.

If the posterior covers what is wrong with the generator, its density is uncertain by as much as
w = p_truth / p_sample differs from 1 (arXiv:2305.16774, Bayesian generator).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result, option_error
from ultimetric.analyses.given import Given, SampleFiles
from ultimetric.analyses.numbers import Number
from ultimetric.analyses.pulls import EDGES, LOG_SPREAD, SPREAD, pulls, spreads
from ultimetric.events import read_events
from ultimetric.generators.trained import trained_generator
from ultimetric.statistics.gaussian_fit import fitted


class Posterior(Analysis):
    """Mean and spread of each sample entry's density over draws from the generator's posterior.

    Its numbers are the median of sigma / mu and of sigma(ln p), and, for each classifier and
    inputs, mean and width of Gaussians that fit the pulls of `pulls`: 0 and 1 if the posterior
    covers what weights say is wrong. Densities are those of the trained generator, else those that
    stand in the file of the sample.

    Options:
        draws: The number of draws from the posterior of a generator of the study.
    """

    needs: ClassVar = ("sample", "weights", "posterior")
    optional: ClassVar = ("generator",)
    writes: ClassVar = ("arrays",)
    trains: ClassVar = True
    section: ClassVar = "Posterior of the generator"
    defaults: ClassVar = {"draws": 50}
    limits: ClassVar = {"draws": "whole >= 2"}
    tables: ClassVar = (
        {
            "title": "Posterior of the generator",
            "text": "Pulls of sample entries, if the generator has a posterior: of each "
            "entry how far w times the density of the generator lies from this density in units "
            "of its spread in the posterior, once linear and once of the logarithms. Given are "
            "mean and width of Gaussians fitted to them. A width near 1 says that the posterior "
            "is as wide as what the classifier finds wrong; above 1 it is too narrow, below 1 too "
            "wide, or the classifier sees less.",
            "columns": {
                "mean of pulls": "pull_mean",
                "width": "pull_width",
                "mean of log pulls": "log_pull_mean",
                "width of log pulls": "log_pull_width",
            },
            "needed": ["pull_width"],
        },
    )

    def run(self, given: Given) -> Result:
        sample = given.sample
        spread, log_spread = spreads(self._densities(given))
        medians = {
            "relative_spread": Number(float(np.median(spread))),
            "log_density_spread": Number(float(np.median(log_spread))),
        }
        note = "median over the sample, of the density over draws from the posterior"
        rows = [
            number.row(given.where("posterior"), metric, note, n_test=len(spread))
            for metric, number in medians.items()
        ]
        for method, inputs in sample.tests:
            side = sample.weights(method, inputs).sample
            found = pulls(side, spread, log_spread)
            for name, values in (("pull", found.linear), ("log_pull", found.logarithmic)):
                fit = fitted(values, EDGES)
                where, n = given.where(method, inputs), len(values)
                for metric, value, error in (
                    (f"{name}_mean", fit.mean, fit.mean_error),
                    (f"{name}_width", fit.width, fit.width_error),
                ):
                    rows.append(Number(value, error).row(where, metric, n_test=n))
        return Result(rows, arrays={SPREAD: spread, LOG_SPREAD: log_spread})

    def _densities(self, given: Given) -> np.ndarray:
        """Log densities (N, draws) of the entries of the sample."""
        sample = given.sample
        if "model" not in sample.paths:
            return _of_file(sample)
        generator = trained_generator(sample.settings["generator"], sample.paths["model"])
        events = read_events(sample.paths["events"], generator.kind)
        seed = given.seed_of(given.dataset.name, sample.name, "posterior")
        return generator.log_densities(events, seed, self.options["draws"])


def _of_file(sample: SampleFiles) -> np.ndarray:
    found = sample.kind.log_densities(sample.paths["events"])
    if found is None or found.shape[1] < 2:
        raise option_error(
            "posterior", f"the file of {sample.name} has no log densities of two draws or more"
        )
    return found
