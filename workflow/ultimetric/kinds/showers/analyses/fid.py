"""Fréchet and kernel distances of the features that an image network makes of showers."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, cast

import numpy as np
import torch

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import DatasetFiles, Given
from ultimetric.analyses.joint import counted
from ultimetric.analyses.numbers import Number, Where
from ultimetric.device import device
from ultimetric.events import Events
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.regression.fitting import applied, fit, learned_from, seen_note
from ultimetric.kinds.showers.regression.frechet import distance
from ultimetric.kinds.showers.regression.images import ImageNetwork, layer, summed, targets
from ultimetric.kinds.showers.regression.networks import box_of
from ultimetric.statistics.kernels import discrepancy
from ultimetric.statistics.permutations import PERMUTATIONS, permuted_labels

KID_DEGREE = 3  # of the kernel (x y / D + 1)^3 of arXiv:1801.01401


class Fid(Analysis):
    """Distances of truth and sample in the features of an image network.

    The network is not the published Inception, whose weights would have to be downloaded: one
    residual network of 2D convolutions is trained on the training truth of generators to estimate
    the incident energy and the depth of the maximum from the shower summed over depth. Its
    features are its filters, averaged over the cells.

    - `fid`: the Fréchet distance of the features of the shower summed over depth, extrapolated to
      infinitely many showers as in `fpd`.
    - `fid_layers`: that of each layer as an image of its own, averaged over the layers.
    - `kid`: the unbiased squared maximum mean discrepancy of the features of the summed shower
      with a polynomial kernel of degree 3; without differences it is 0 within its error.

    Options:
        layers: Whether layers are compared one by one, too, default true.
    """

    per: ClassVar[str] = "dataset"
    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "training")
    trains: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {"layers": True}
    section: ClassVar[str] = "Distances of all observables together"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Distances of the features of images",
            "text": "Fréchet distances of the features that an image network, trained on truth, "
            "makes of the shower summed over depth (FID) and of its layers one by one, and the "
            "kernel distance of the summed shower (KID), smallest FID first. The network is not "
            "the published one: compare with the baseline only.",
            "name": "{dataset}, images",
            "columns": {"FID": "fid", "FID, mean of layers": "fid_layers", "KID": "kid"},
            "rank": "fid",
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        torch.set_num_threads(self.card.get("threads", 1))
        dataset = given.dataset
        box = box_of(cast(ShowerKind, dataset.kind))
        images = [partial(summed, box=box)]
        if self.options["layers"]:
            images += [partial(layer, box=box, number=k) for k in range(box[0])]
        network, learned = self._trained(dataset, given.seed_of(dataset.name, "images"))

        def features(events: Events) -> list[np.ndarray]:
            found = (applied(network.features, events, image) for image in images)
            return [x.astype(np.float64) for x in found]

        truth = features(dataset.truth)
        rows = []
        for name, sample in dataset.samples.items():
            rng = np.random.default_rng(given.seed_of(dataset.name, name, "images"))
            pairs = list(zip(truth, features(sample.events), strict=True))
            numbers = {"fid": distance(pairs[:1], self.card["replicas"], rng)}
            if pairs[1:]:
                numbers["fid_layers"] = distance(pairs[1:], self.card["replicas"], rng)
            numbers["kid"] = _kid(*pairs[0], rng)
            where = Where(dataset.name, name, "image network")
            note = seen_note(sample.events.condition[:, 0], learned)
            rows += [
                x.row(where, metric, note, n_train=len(learned), repeats=1)
                for metric, x in numbers.items()
            ]
        return Result(rows)

    def _trained(self, dataset: DatasetFiles, seed: int) -> tuple[ImageNetwork, np.ndarray]:
        """The network, and the incident energies of the showers that it was trained on."""
        torch.manual_seed(seed)  # initial weights
        showers, sizes = learned_from(dataset)
        images = summed(showers, box_of(showers.kind))
        wanted = targets(showers)
        std, mean = torch.std_mean(wanted[: sizes[0]], 0)
        wanted = (wanted - mean) / torch.where(std > 0, std, 1.0)
        network = ImageNetwork(self.card["features"], float(images.mean()))
        fit("images", network.to(device()), images, wanted, sizes, self.card["train"], seed)
        return network, showers.energy


def _kid(truth: np.ndarray, sample: np.ndarray, rng: np.random.Generator) -> Number:
    label = np.repeat([True, False], [len(truth), len(sample)])
    sides = np.concatenate([label[None], permuted_labels(label, PERMUTATIONS, rng)])
    found = discrepancy(np.concatenate([truth, sample]), sides, degree=KID_DEGREE)
    return Number(
        found.value,
        found.error,
        n_test=len(label),
        note=f"{counted(min(len(truth), len(sample)))}; {PERMUTATIONS} permutations",
    )
