"""Cases of data."""

from __future__ import annotations

from reruns.case import Case
from reruns.changes import add_sample, in_file, rename, replace_data, set_in_config
from reruns.graph import END, EPLUS, FINAL, GRAPH, SAMPLES, with_sample

CASES = {
    # Data
    "a sample of somebody's more": Case(
        add_sample,
        with_sample("friends").after(("ingest", "eplus", "friends"), *EPLUS),  # colours follow
        "looks of those shown",
    ),
    "other content of a data file": Case(
        lambda space: replace_data(space, "data/gamma.hdf5"),
        GRAPH.after(("preprocess", "gamma")),
        "cfg",
        (("preprocess", "gamma"), "sha256: "),
    ),
    "other content of a sample": Case(
        lambda space: replace_data(space, "data/mine.hdf5"),
        GRAPH.after(("ingest", "eplus", "mine")),
        "time of change",
    ),
    "a data file of another name": Case(
        rename("data/gamma.hdf5", "data/other.hdf5", "datasets.gamma.source"),
        END,  # the provenance tells the whole config
        "paths apart",
    ),
    "a sample's file of another name": Case(
        rename("data/mine.hdf5", "data/other.hdf5", "samples.mine.file"), END, "paths apart"
    ),
    "a geometry file": Case(
        in_file("geometry.yaml", "name: calogan_coarse", "name: mine"),
        GRAPH.after(("preprocess", "gamma")),
        "cfg",
        (("preprocess", "gamma"), "geometry.name: calogan_coarse -> mine"),
    ),
    "the truth that judges": Case(
        set_in_config("evaluate", "final"),
        FINAL.after(
            *(("observe", data, "final") for data in SAMPLES),
            *FINAL.jobs("evaluate_model", "energy_regression"),
        ),
        "triggers",
    ),
    "the seed": Case(set_in_config("seed", 2), GRAPH.after(*GRAPH.jobs("train", "ingest")), "cfg"),
}
