"""Every mistake in a config is told in one sentence when the study is planned."""

from __future__ import annotations

from pathlib import Path

import pytest
from refusals import FLOW, SIMULATED, refusal

FAULT = "generators: {x: {model: faulty, override: {fault: %s, options: {%s}}}}"
REWEIGHTED = (
    "generators: {a: {model: vae, preprocessing: noise_after}, "
    "x: {model: reweighted, builds_on: a, override: {%s}}}"
)
RECIPE = "generators: {caloflow: {preprocessing: [%s]}}"
REGRESSION = "analyses: {energy_regression: {%s}}"
PUBLISHED = "classifiers: {p: {protocol: calochallenge, module: %s}}"
CHALLENGE = """datasets: {calochallenge_2: {geometry: calochallenge_2, energy_range_GeV: [1, 100]}}
analyses: {published: {}}
figures: {%s}"""
LONG = "a" * 300
# Each is a config by itself, of the default dataset if it names none: text, part of the sentence.
BAD = [
    # Keys that nobody reads
    ("datasets: {eplus: {clasifier: 9}}", "datasets.eplus: unknown key 'clasifier', did you mean"),
    ("datasets: {eplus: {}}\ntest: {}", "config: unknown key 'test'; there are"),
    (FLOW % "override: {epochz: 500}", "caloflow.override: unknown key 'epochz'"),
    (
        FLOW % "override: {train_shapes: {epoch: 5}}",
        "caloflow.override.train_shapes: unknown key 'epoch', did you mean 'epochs'?",
    ),
    (FLOW % "override: {x: {plugin: os}}", "caloflow.override: unknown key 'x'"),
    (FLOW % "override: {resources: {mem_gb: 1}}", "override.resources: unknown key 'mem_gb', did"),
    ("classifiers: {dnn: {override: {hiden: [8]}}}", "did you mean 'hidden'?"),
    (
        PUBLISHED.replace("calochallenge", "weights-paper") % "dnn, card: paper",
        "classifiers.p.protocol: 'weights-paper' is not one of calochallenge, weights_paper, ",
    ),
    (PUBLISHED % "dnn, card: cpu", "p.protocol: dnn cannot follow it, as its card 'cpu' counts"),
    (PUBLISHED % "dnn", "counts steps; name one of epochs: paper, "),
    (PUBLISHED % "bdt", "p.protocol: bdt cannot follow it, as its cards have no key 'raw_inputs'"),
    (PUBLISHED % "multiclass, card: large", "multiclass cannot follow it, as it sees all samples"),
    (
        PUBLISHED % "dnn, card: paper, override: {select: loss}",
        "classifiers.p.override.select: the protocol calochallenge fixes it",
    ),
    (
        PUBLISHED % "dnn, card: paper"
        + "\nanalyses: {training_size: {method: p, inputs: [energies]}}",
        "analyses.training_size.method: p follows the protocol calochallenge, which trains on",
    ),
    *(
        (
            f"{PUBLISHED % 'dnn, card: paper'}\nanalyses: {{{analysis}}}",
            "it needs a classifier without a `protocol`, and the study has none",
        )
        for analysis in ("training_size: {}", "pairs: {pairs: [[a, b]]}")
    ),
    (
        "classifiers: {resnet: {inputs: [high_level]}}",
        "classifiers.resnet.inputs: high_level has neither cells nor points, which resnet needs",
    ),
    ("classifiers: {bdt: {override: {boosting: {max_itr: 5}}}}", "did you mean 'max_iter'?"),
    (REGRESSION % "override: {network: {component: 5}}", "did you mean 'components'?"),
    (
        "analyses: {separation: {replicass: 5}}",
        "analyses.separation: unknown key 'replicass', did",
    ),
    (
        "analyses: {counts: {bins: 5}}",
        "config, analyses.counts: unknown key 'bins'; there are none",
    ),
    (
        CHALLENGE % "published_pareto: {x: time_gp_100}",
        "figures.published_pareto.x: 'time_gp_100' is not one of auc_low, auc_high",
    ),
    (
        CHALLENGE % "published_correlation: {tables: [calochallenge_4]}",
        "published_correlation.tables[0]: 'calochallenge_4' is not one of calochallenge_1_photons",
    ),
    ("analyses: {published: {}}", "needs data with the binning calochallenge, which eplus has"),
    ("figures: {weights: {input: energies}}", "figures.weights: unknown key 'input', did you"),
    ("report: {parts: [{datasets: [eplus]}]}", "config, report.parts.0: `title` is missing"),
    (
        "report: {parts: [{title: Showers, datasets: [eplsu]}]}",
        "config, report.parts.0.datasets: 'eplsu' is not one of eplus, did you mean 'eplus'?",
    ),
    (
        "report: {parts: [{title: Showers, datasets: [eplus], samples: [truht]}]}",
        "config, report.parts.0.samples: 'truht' is not one of",
    ),
    ("figures: {roc: {plugin: os}}", "config, figures.roc: the key `plugin` is the program's own"),
    (
        "figures: {auc_correlation: {panels: [{x: {methods: dnn}}]}}",
        "figures.auc_correlation.panels[0].x: unknown key 'methods', did you mean 'method'?",
    ),
    (RECIPE % "normalise: {by: 1}", "caloflow.preprocessing, normalise: unknown key 'by'"),
    (RECIPE % "noise: {widht: 1.0}", "noise: unknown key 'widht', did you mean 'width'?"),
    (
        FAULT % ("smeared", "with: 1.0"),
        "override.options: unknown key 'with', did you mean 'width'",
    ),
    (
        "analyses: {reweighting: {method: dnn, inputs: high_level, larges: 3}}",
        "did you mean 'largest'?",
    ),
    (
        "analyses: {separation: {binning: calochallenge}}",
        "analyses.separation.binning (eplus): 'calochallenge' is not one of own",
    ),
    (SIMULATED % "showers: 500, sed: 1", "source.simulate: unknown key 'sed', did you mean"),
    # Modules, cards and files
    (
        "generators: {x: {model: baseline}}",
        "config, generators.x: `model: baseline` is now `model: independent_voxels`",
    ),
    (
        "figures: {trials: {}}",
        "figures.trials: `module: trials` is now `module: recovered_faults`",
    ),
    ("generators: {calofow: {}}", "no module 'calofow' in ultimetric/generators, did you mean"),
    ("generators: {x: {model: base}}", "generators.x: 'base' is a helper module"),
    ("generators: {x: {model: ../analyses/auc}}", "generators.x: no module '../analyses/auc'"),
    ("generators: {x: {model: stored}}", "generators.x: 'stored' is a helper module"),
    ("classifiers: {x: {module: ensemble}}", "classifiers.x: 'ensemble' is a helper module"),
    (
        "analyses: {numbers: {}}",
        "analyses.numbers: 'numbers' is a helper module of ultimetric/analyses",
    ),
    ("analyses: {roundness: {}}", "no module 'roundness' in ultimetric/analyses; there are"),
    ("figures: {style: {}}", "figures.style: 'style' is a helper module of ultimetric/figures"),
    ("figures: {base: {}}", "figures.base: 'base' is a helper module of ultimetric/figures"),
    ("figures: {pie: {}}", "no module 'pie' in ultimetric/figures"),
    ("figures: {x: {module: __init__}}", "figures.x: '__init__' is a helper module"),
    (FAULT % ("base", ""), "'base' is a helper module of ultimetric/faults"),
    (FAULT % ("smear", ""), "no module 'smear' in ultimetric/faults, did you mean 'smeared'?"),
    (RECIPE % "normalize", "no module 'normalize' in ultimetric/preprocessing, did you mean"),
    (RECIPE % "base", "'base' is a helper module of ultimetric/preprocessing"),
    ("generators: {x: {file: x.py, model: vae}}", "`file` and `model` are given, one of them"),
    ("figures: {x: {file: x.py, module: roc}}", "`file` and `module` are given"),
    ("generators: {x: {file: nothing.py}}", "config, generators.x: nothing.py: no such file"),
    (f"figures: {{x: {{module: {LONG}}}}}", "config, figures.x: no module 'aaaa"),
    (f"analyses: {{x: {{file: {LONG}.py}}}}", "config, analyses.x: 'aaaa"),
    (f"samples: {{x: {{file: {LONG}.hdf5}}}}", "aaaa"),
    (f"datasets: {{eplus: {{geometry: {LONG}.yaml}}}}", "aaaa"),
    (SIMULATED.replace("calogan", f"{LONG}.yaml") % "showers: 500", "aaaa"),
    ("analyses: {x: {file: .}}", "config, analyses.x: '.' is not a .py file"),
    (FLOW % "card: gpu", "generators.caloflow.card: 'gpu' is not one of cpu, tiny, paper"),
    (REGRESSION % "card: gpu", "energy_regression.card: 'gpu' is not one of cpu"),
    ("samples: {mine: {file: no.hdf5}}", "no.hdf5: no such file"),
    ("datasets: {eplus: {source: no.hdf5}}", "no.hdf5: no such file"),
    (
        "datasets: {electrons: {}}",
        "bundled source: 'electrons' is not one of calochallenge_2, eplus",
    ),
    (
        "datasets: {eplus: {geometry: calgan}}",
        "calogan, calogan_coarse, ild, ild_core, did you mean 'calogan'?",
    ),
    # Types
    ("figures: {weights: {inputs: 5}}", "figures.weights.inputs: 5 is not a text"),
    ("figures: {weights: {band: 1}}", "figures.weights.band: 1 is not true or false"),
    (FLOW % "override: {train_shapes: 5}", "override.train_shapes: 5 is not a set of keys"),
    # Names
    (
        'generators: {"a\\n": {model: independent_voxels}}',
        "generators: the name 'a\\n' is not a letter",
    ),
    ("generators: {truth: {model: independent_voxels}}", "the sample name 'truth' is used twice"),
    ("samples: {positive_control: {file: a}}", "'positive_control' is used twice"),
    ("inputs: [pixels]", "config, inputs: 'pixels' is not one of"),
    ("inputs: [energys]", "did you mean 'energies'?"),
    (
        "analyses: {pairs: {pairs: [[truth, vae]]}}",
        "'vae' is not one of truth, positive_control",
    ),
    ("analyses: {pairs: {pairs: [[truth, truth]]}}", "truth cannot be compared with itself"),
    (
        "classifiers: {dnn: {inputs: [energies]}}\nanalyses: {findings: {inputs: high_level}}",
        "findings (inputs of dnn): 'high_level' is not one of energies",
    ),
    (
        "classifiers: {multiclass: {}}\nanalyses: {findings: {}}",
        "analyses.findings: no classifier of one sample takes inputs of all datasets",
    ),
    (
        "datasets: {j: {kind: jets, content: x, source: no.hdf5}}",
        "j.content: 'x' is not one of constituents, high_level",
    ),
    (
        "analyses: {findings: {inputs: energies}, other: {module: findings, inputs: high_level}}",
        "analyses.other: findings finds what is wrong with truth of eplus, too",
    ),
    (REGRESSION % "override: {inputs: [x]}", "override.inputs (eplus): 'x' is not one of"),
    ("analyses: null\nfigures: {auc_correlation: {}}", "it draws any analysis, which is not"),
    (
        "analyses: {memorisation: {method: bdt, inputs: [energies]}}",
        "memorisation: 'bdt' is not one of dnn",
    ),
    (
        "analyses: {findings: {method: bdt, inputs: energies, values: 5}}",
        "findings: 'bdt' is not one of dnn",
    ),
    ("figures: {roc: {exclude: [x]}}", "config, figures.roc: 'x' is not one of truth"),
    (
        "figures: {energy_regression: {}}",
        "it draws energy_regression, which is not under `analyses`",
    ),
    ("generators: {x: {model: independent_voxels, datasets: [g]}}", "'g' is not one of eplus"),
    # Numbers
    ("seed: null", "config, seed: null, but no study is without it"),
    ("datasets: {eplus: {generator: 1e9}}", "11200 showers, too few for a generator part of"),
    (
        "datasets: {eplus: {generator: 9000, classifier: 4000}}",
        "9000 + 4000 showers are asked for",
    ),
    (
        "datasets: {eplus: {generator: 10, classifier: 500}}\n"
        "generators: {independent_voxels: {}}",
        "generators.independent_voxels: the generator part of eplus has 10 showers, fewer than 20",
    ),
    ("datasets: {eplus: {final: 11190}}", "the source has 11200 showers, too few"),
    (
        "datasets: {eplus: {final: 0}}\nevaluate: final",
        "config, evaluate: final, but datasets.eplus",
    ),
    (
        SIMULATED % "showers: 1e12",
        "simulate.showers: '1e12' is not a whole number in [1, 100000000]",
    ),
    (SIMULATED % "showers: 500, energy_range_GeV: [9, 1]", "9 to 1 GeV is not a range"),
    (FLOW % "override: {threads: -3}", "override.threads: -3 is not a whole number >= 1"),
    (FLOW % "override: {threads: 1.5}", "override.threads: 1.5 is not a whole number"),
    (FLOW % "override: {train_shapes: {lr: fast}}", "train_shapes.lr: 'fast' is not a number"),
    (FLOW % "override: {train_shapes: {lr: 0}}", "train_shapes.lr: 0 is not a number > 0"),
    (FLOW % "override: {train_shapes: {lr: .nan}}", "train_shapes.lr: nan is not a finite number"),
    (FLOW % "override: {train_shapes: {decay: step}}", "did you mean 'steps'?"),
    (FLOW % "override: {shapes: {hidden_features: 8}}", "shapes.hidden_features: 8 is not a list"),
    (
        FLOW % "override: {shapes: {bins: null}}",
        "override.shapes.bins: None is not a whole number",
    ),
    ("classifiers: {dnn: {override: {dropout: 1}}}", "dropout: 1 is not a number in [0, 1)"),
    (
        "classifiers: {dnn: {override: {precision: fp8}}}",
        "'fp8' is not one of float32, tf32, bf16, float64",
    ),
    (
        "analyses: {separation: {replicas: -1}}",
        "separation.replicas: -1 is not a whole number >= 2",
    ),
    (
        "analyses: {separation: {replicas: abc}}",
        "analyses.separation.replicas: 'abc' is not a whole",
    ),
    ("analyses: {local: {bins: 3}}", "analyses.local.bins: 3 is not a whole number >= 5"),
    ("analyses: {local: {low: 3}}", "config, analyses.local.low: 3 is not a number in (0, 1]"),
    ("figures: {gallery: {showers: 0}}", "figures.gallery.showers: 0 is not a whole number >= 1"),
    ("figures: {calibration: {bins: 2.5}}", "figures.calibration.bins: 2.5 is not a whole number"),
    ("figures: {weights: {variants: [liner]}}", "figures.weights.variants[0]: 'liner' is not one"),
    ("figures: {observables: {group: depths}}", "did you mean 'depth'?"),
    ("figures: {observables: {names: [E_9]}}", "figures.observables.names: 'E_9' is not one of"),
    (
        "figures: {scan_curves: {names: [E9]}}",
        "scan_curves.names: 'E9' is not one",
    ),
    (FAULT % ("rare_tail", "observable: sigma_9"), "observable: 'sigma_9' is not one of"),
    (FAULT % ("smeared", "width: -1"), "override.options.width: -1 is not a number >= 0"),
    (FAULT % ("dead_voxel", "layer: 9"), "calogan_coarse has no such layer"),
    ("generators: {x: {model: planted, override: {fraction: 1}}}", "1 is not a number in (0, 1)"),
    # Recipes
    (RECIPE % "", "caloflow.preprocessing: [] is not a recipe"),
    (RECIPE % "energies, normalise", "energies: it takes shapes, and gets deposits"),
    (RECIPE % "standardise, normalise", "standardise: it takes values or shapes or unit"),
    (RECIPE % "normalise, normalise", "normalise: it takes deposits, and gets shapes"),
    (RECIPE % "normalise, logit", "logit: it takes unit interval, and gets shapes"),
    (RECIPE % "normalise, threshold", "threshold: it takes deposits, and gets shapes"),
    (RECIPE % "normalise, energies, standardise, mirror", "mirror: it takes deposits or "),
    (RECIPE % "threshold", "caloflow.preprocessing: no step `normalise`"),
    (
        RECIPE % "normalise, energies, logit: {alpha: 1}",
        "logit.alpha: 1 is not a number in (0, 0.5)",
    ),
    (RECIPE % "noise: {width: -1}", "noise.width: -1 is not a number >= 0"),
    (RECIPE % "noise", "noise: the option `width` must be given"),
    (RECIPE % "noise: {width: 1, subtract: some}", "'some' is not one of none, full, mean"),
    (
        RECIPE % "noise: {width: 1, layers: true}, normalise",
        "noise: `layers: true` is for totals",
    ),
    (
        RECIPE % "normalise, energies, noise: {width: 1e-3}, logit: {alpha: 1e-3}, standardise",
        "logit: alpha 0.001 must be above the width of the noise, which is 0.009",
    ),
    (RECIPE % "[normalise]", "caloflow.preprocessing: ['normalise'] is not a step"),
    (RECIPE % "normalise: 5", "{'normalise': 5} is not a step"),
    ("generators: {caloflow: {}}", "generators.caloflow: it needs a recipe, for example"),
    ("generators: {calogan: {preprocessing: noise_after}}", "calogan: it takes no recipe"),
    ("generators: {vae: {preprocessing: noise_aftr}}", "did you mean 'noise_after'?"),
    (
        "preprocessing: {a: [standardise]}\ngenerators: {vae: {preprocessing: a}}",
        "config, preprocessing.a, standardise: it takes values or shapes",
    ),
    # Generators that build on others
    ("generators: {x: {model: epoch}}", "generators.x: `builds_on` must name the generator"),
    ("generators: {x: {model: epoch, builds_on: x}}", "x: builds on itself"),
    (REWEIGHTED % "inputs: [normalized]", "x.inputs: 'normalized' is not one of"),
    (REWEIGHTED % "classifier: {architecture: resnt}", "'resnt' is not one of perceptron, resnet"),
    (
        REWEIGHTED % "classifier: {architecture: resnet}",
        "x.override.classifier: the card cpu has a perceptron; name a card with a resnet",
    ),
    (
        REWEIGHTED % "classifier: {planes: [8]}",
        "x.override.classifier: the card cpu has a perceptron, which has no planes",
    ),
    (
        (REWEIGHTED % "inputs: [high_level]").replace("builds_on", "card: large, builds_on"),
        "x.inputs: the architecture resnet needs images, high_level has none",
    ),
    # Looks
    (
        "style: {colours: {truth: bluee}}",
        "style.colours.truth: 'bluee' is no colour of matplotlib",
    ),
    ("style: {colours: {truth: '#12345'}}", "'#12345' is no colour of matplotlib"),
    ("style: {labels: {truth: '$x_{$'}}", "style.labels.truth: '$x_{$' is no formula"),
    (r"style: {labels: {truth: '$\frc{1}{2}$'}}", "is no formula that can be set"),
    # What one YAML file says twice, or removes although nothing is there
    ("seed: 1\nseed: 2", ", line 3: the key 'seed' is written twice"),
    ("samples: {a: {file: x}, a: {file: y}}", ", line 2: the key 'a' is written twice"),
    (
        "generators: {calofow: null}",
        "generators: calofow is null, which removes it, but no config",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "sentence"), BAD, ids=[text[:60] for text, _ in BAD])
def test_a_bad_config_is_refused(text: str, sentence: str, tmp_path: Path, cache: Path) -> None:
    said = refusal(text, tmp_path, cache)
    assert sentence in said
    assert "\n" not in said
    assert len(said) < 700
