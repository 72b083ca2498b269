"""Configs become typed; each mistake in their form is told in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ultimetric.config.models import Config, parse
from ultimetric.errors import UserError

LONG = "a" * 300
# Text of a config, part of the sentence.
BAD = [
    # Keys that nobody reads, or that are missing
    ("sed: 1", "config: unknown key 'sed', did you mean 'seed'?"),
    ("nothing: {}", "config: unknown key 'nothing'; there are"),
    ("generators: {x: {modle: vae}}", "generators.x: unknown key 'modle', did you mean 'model'?"),
    ("generators: {caloflow: {ovverride: {}}}", "generators.caloflow: unknown key 'ovverride'"),
    ("samples: {a: {file: x, dataste: eplus}}", "samples.a: unknown key 'dataste', did you mean"),
    ("style: {color: {}}", "config, style: unknown key 'color', did you mean 'colours'?"),
    ("repeats: {blocks: 1, sizes: 3}", "config, repeats: unknown key 'sizes', did you mean"),
    ("repeats: {blocks: 1}", "config, repeats: `size` is missing"),
    ("seed: x\nstyle: {color: {}}", "config, style: unknown key 'color'"),
    ("datasets: {a: {kind: {fiel: x.py}}}", "datasets.a.kind: unknown key 'fiel', did you mean"),
    ("datasets: {a: {format: {}}}", "config, datasets.a.format: `file` is missing"),
    ("datasets: {a: {observables: {b: {}}}}", "datasets.a.observables.b: `file` is missing"),
    # Types
    ("samples: abc", "config, samples: 'abc' is not a set of keys"),
    ("generators: [caloflow]", "config, generators: ['caloflow'] is not a set of keys"),
    ("datasets: eplus", "config, datasets: 'eplus' is not a set of keys"),
    ("generators: {caloflow: yes}", "config, generators.caloflow: True is not a set of keys"),
    ("inputs: high_level", "config, inputs: 'high_level' is not a list"),
    ("figures: {roc: {samples: truth}}", "config, figures.roc.samples: 'truth' is not a list"),
    ("figures: {roc: {title: 5}}", "config, figures.roc.title: 5 is not a text"),
    ("study: 5", "config, study: 5 is not a text"),
    ("preprocessing: {a: {threshold: 1}}", "preprocessing.a: {'threshold': 1} is not a list"),
    ("generators: {a: {override: 5}}", "config, generators.a.override: 5 is not a set of keys"),
    ("generators: {a: {preprocessing: 5}}", "a.preprocessing: 5 is not a text or a list"),
    ("style: {labels: {truth: 5}}", "config, style.labels.truth: 5 is not a text"),
    ("datasets: {a: {kind: [b]}}", "datasets.a.kind: ['b'] is not a text or a set of keys"),
    ("datasets: {a: {source: 5}}", "datasets.a.source: 5 is not a text or a set of keys"),
    ("generators: {1: {}}", "config.generators: the key 1 is not a text"),
    ("study: 2024-01-01", "config.study: datetime.date(2024, 1, 1) is not a text"),
    ("generators: &a {x: *a}", "config.generators.x: it is inside itself"),
    ("figures: &a {x: *a}", "config.figures.x: it is inside itself"),
    ('samples: {a: {file: "a\\0b"}}', "config.samples.a.file: 'a\\x00b' has a NUL character"),
    # Names and choices
    ('study: "tiny\\n"', "config, study: the text 'tiny\\n' is not a letter and at most"),
    ("study: ../tiny", "the text '../tiny' is not a letter and at most 99 letters, digits, _"),
    ('generators: {"a\\n": {}}', "config, generators: the name 'a\\n' is not a letter"),
    ("generators: {a b: {}}", "config, generators: the name 'a b' is not a letter and at most 99"),
    ("inputs: [a-b]", "config, inputs.0: the text 'a-b' is not a letter"),
    (f"study: {LONG}", "config, study: the text 'aaaa"),
    ("evaluate: 3", "config, evaluate: 3 is not one of classifier, final"),
    ("evaluate: clasifier", "'clasifier' is not one of classifier, final, did you mean"),
    # Lists
    ("inputs: []", "config, inputs: [] has fewer than 1 entries"),
    ("inputs: [a, a]", "config, inputs: ['a', 'a'] has an entry twice"),
    ("datasets: {}", "config, datasets: {} has fewer than 1 entries"),
    ("samples: {a: {distort: {}, datasets: []}}", "samples.a.datasets: [] has fewer than 1"),
    # Numbers
    ("seed: one", "config, seed: 'one' is not a whole number"),
    ("seed: 1.5", "config, seed: 1.5 is not a whole number"),
    ("seed: -1", "config, seed: -1 is below 0"),
    ("seed: 1e20", "config, seed: 100000000000000000000 is above 9223372036854775807"),
    ("seed: .inf", "config.seed: inf is not a finite number"),
    ("seed: true", "config, seed: True is not a whole number"),
    ("seed: null", "config, seed: None is not a whole number"),
    ("repeats: {blocks: 0, size: 3}", "config, repeats.blocks: 0 is below 1"),
    ("shard: 7000", "config, shard: 7000 is not a multiple of 5000"),
    ("datasets: {eplus: {classifier: 4}}", "config, datasets.eplus.classifier: 4 is below 50"),
    ("datasets: {eplus: {final: 2e9}}", "datasets.eplus.final: 2000000000 is above 1000000000"),
    # Where a sample or a truth comes from
    ("samples: {a: {}}", "config, samples.a: `file` or `distort` must be given, not both"),
    ("samples: {a: {file: x, distort: {}}}", "samples.a: `file` or `distort` must be given, not"),
    ("samples: {a: {file: x, datasets: [b]}}", "config, samples.a: a file is of one `dataset`"),
    ("datasets: {a: {source: {generator: x}}}", "datasets.a.source: `held_out` is missing"),
    ("datasets: {a: {source: {}}}", "datasets.a.source: one of `file`, `bundled`, `held_out`, "),
    ("datasets: {a: {source: {bundled: x, draw: {}}}}", "given, not `bundled` and `draw`"),
]
OLD = [
    ("features: [energies]", "config: the key `features` is now `inputs`"),
    ("classifiers: {dnn: {features: [a]}}", "classifiers.dnn: the key `features` is now `inputs`"),
    ("figures: {a: {features: b}}", "config, figures.a: the key `features` is now `inputs`"),
    ("figures: {a: {test: b}}", "config, figures.a: the key `test` is now `method`"),
    (
        "figures: {a: {panels: [{x: {test: dnn}}]}}",
        "config, figures.a.panels[0].x: the key `test` is now `method`",
    ),
    (
        "figures: {a: {inputs: [failures]}}",
        "config, figures.a: `inputs: [failures]` is no longer needed, leave it away: a figure "
        "declares the analyses it draws",
    ),
    (
        "metrics: {counts: {}, separation: {replicas: 5}}",
        "config: `metrics` is now part of `analyses`: write "
        "analyses: {counts: {}, separation: {replicas: 5}}",
    ),
    ("pairs: [[a, b]]", "`analyses`: write analyses: {pairs: {pairs: [[a, b]]}}"),
    (
        "failures: {test: dnn, features: high_level, values: 5}",
        "config: `failures` is now part of `analyses`: write "
        "analyses: {findings: {method: dnn, inputs: high_level, values: 5}}",
    ),
    ("failures: null", "write analyses: {findings: null}"),
    ("memorisation: {test: a, features: [b]}", "{memorisation: {method: a, inputs: [b]}}"),
    ("training_size: {test: a}", "write analyses: {training_size: {method: a}}"),
    ("regression: {card: cpu}", "write analyses: {energy_regression: {card: cpu}}"),
    ("reweighting: {largest: 3}", "write analyses: {reweighting: {largest: 3}}"),
    ("particles: {samples: [a]}", "write analyses: {particle_id: {samples: [a]}}"),
    ("trials: {repeats: 1}", "write analyses: {validate_findings: {repeats: 1}}"),
    ("analyses: {findings: {test: dnn}}", "analyses.findings: the key `test` is now `method`"),
    (f"metrics: {{{LONG}: {{}}}}", "aaa ..."),
]


@pytest.mark.parametrize(("text", "sentence"), BAD + OLD, ids=[x[:60] for x, _ in BAD + OLD])
def test_a_bad_config_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as error:
        parse(yaml.safe_load(text))
    said = str(error.value)
    assert sentence in said
    assert "\n" not in said
    assert len(said) < 400


def read(text: str) -> Config:
    return parse(yaml.safe_load(text))


def test_a_config_may_say_nothing() -> None:
    config = parse({})
    assert (config.study, config.seed, config.repeats.size) == ("mine", 1, 3)
    assert not config.model_fields_set
    assert config.analyses == {}


@pytest.mark.parametrize(
    ("text", "way", "value"),
    [
        ("bundled", "bundled", ""),
        ("{bundled: eplus}", "bundled", "eplus"),
        ("my/file.hdf5", "file", "my/file.hdf5"),
        ("{generator: a.hdf5, held_out: b.hdf5}", "held_out", "b.hdf5"),
        ("{simulate: {showers: 5}}", "simulate", {"showers": 5}),
        ("{draw: {}}", "draw", {}),
    ],
)
def test_a_truth_comes_from_one_place(text: str, way: str, value: Any) -> None:
    source = read(f"datasets: {{a: {{source: {text}}}}}").datasets["a"].source
    assert source.way == way
    assert getattr(source, way) == value
    assert source.made == (value if way in ("simulate", "draw") else None)


def test_the_default_source_is_bundled() -> None:
    assert read("datasets: {a: {}}").datasets["a"].source.bundled == ""


def test_options_of_plug_ins_are_kept_apart() -> None:
    config = read(
        "datasets: {a: {kind: vectors, dimensions: 2}}\n"
        "analyses: {findings: {method: dnn, values: 5, samples: [b]}}\n"
        "figures: {weights: {title: Weights, inputs: high_level, beside: [a]}}"
    )
    assert config.datasets["a"].options == {"dimensions": 2}
    assert config.analyses["findings"].options == {"method": "dnn", "values": 5}
    assert config.analyses["findings"].samples == ["b"]
    assert config.figures["weights"].options == {"inputs": "high_level"}
    assert config.figures["weights"].beside == ["a"]


def test_numbers_are_those_of_yaml_1_2() -> None:
    config = read("seed: 1.0\nrepeats: {blocks: 1e0, size: 2.}\ndatasets: {a: {final: 2.0e+2}}")
    numbers = [config.seed, config.repeats.blocks, config.repeats.size]
    numbers.append(config.datasets["a"].final)
    assert numbers == [1, 1, 2, 200]
    assert {type(x) for x in numbers} == {int}


def test_null_is_a_value_in_an_override() -> None:
    config = read("classifiers: {dnn: {override: {log_floor: null, features: 3}}}")
    assert config.classifiers["dnn"].override == {"log_floor": None, "features": 3}


def test_what_was_given_can_be_told() -> None:
    entry = read("generators: {a: {card: paper}}").generators["a"]
    assert entry.model_dump(exclude_unset=True) == {"card": "paper"}


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse({}).seed = 2
