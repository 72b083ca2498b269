"""Distances of image features: what the images are, and what the analysis gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from given import dataset_of, sample_of
from photons import photons
from places import PACKAGE

from ultimetric.analyses.given import Given
from ultimetric.kinds.showers.analyses.fid import Fid
from ultimetric.kinds.showers.regression.images import ImageNetwork, layer, summed, targets

CARDS = yaml.safe_load((PACKAGE / "kinds/showers/analyses/fid.yaml").read_text())
BOX = (7, 7, 7)


def test_images_and_targets() -> None:
    showers = photons(20, 1, BOX)
    cubes = showers.voxels.reshape(20, *BOX)
    np.testing.assert_allclose(summed(showers, BOX), cubes.sum(1), rtol=1e-6)
    np.testing.assert_array_equal(layer(showers, BOX, 4), cubes[:, 4])
    energy, depth = targets(showers).T
    np.testing.assert_allclose(energy, showers.energy, rtol=1e-6)
    np.testing.assert_array_equal(depth, cubes.sum((2, 3)).argmax(1))


def test_features_do_not_depend_on_where_the_shower_is() -> None:
    """They are averages over cells; away from the edges a shifted image has the same ones."""
    torch.manual_seed(1)
    network = ImageNetwork(4, 0.5).eval()
    image = torch.zeros(2, 25, 25)
    image[0, 12, 12] = image[1, 10, 14] = 3.0  # two cells apart, as the stride
    first, second = network.features(image)
    torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-6)


def table(layers: bool = True) -> pd.DataFrame:
    dataset = dataset_of(
        "photons",
        photons(150, 1, BOX),
        sample_of("truth", photons(150, 2, BOX)),
        sample_of("wide", photons(150, 3, BOX, radius=2.0)),
        training=photons(200, 4, BOX),
        validation=photons(50, 5, BOX),
    )
    return Fid({"layers": layers}, CARDS["tiny"]).result(Given({"photons": dataset}, 1)).table


def test_analysis() -> None:
    found = table()
    pd.testing.assert_frame_equal(found, table())
    assert set(found["metric"]) == {"fid", "fid_layers", "kid"}
    values = found.pivot(index="sample", columns="metric", values="value")
    errors = found.pivot(index="sample", columns="metric", values="error")
    for metric in values:
        away = values[metric]["wide"] - values[metric]["truth"]
        assert away > 2 * errors[metric].max(), metric
    assert abs(values["kid"]["truth"]) < 4 * errors["kid"]["truth"]
    assert (found["n_train"] == 250).all()


@pytest.mark.slow
def test_without_layers() -> None:
    assert set(table(layers=False)["metric"]) == {"fid", "kid"}
