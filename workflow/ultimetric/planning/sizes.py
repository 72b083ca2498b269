"""Check that the truths of a study have as many entries as their parts need."""

from __future__ import annotations

from ultimetric.data.splits import FEWEST
from ultimetric.errors import UserError
from ultimetric.planning.dataset import FEWEST_GENERATOR, Dataset
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.given_samples import check_range
from ultimetric.planning.simulation import MOST_JOBS
from ultimetric.planning.study import Study
from ultimetric.planning.truth_entries import generator_entries, held_out_entries


def check_sizes(study: Study) -> None:
    """Refuse parts of a truth that do not fit into its source, and samples that are too large.

    Raises:
        UserError: There are too few entries.
    """
    for dataset in study.datasets.values():
        several, n_entries = dataset.kind.several, dataset.n_entries
        if n_entries < FEWEST:
            raise UserError(
                f"config, evaluate: final, but datasets.{dataset.name} has a final part of "
                f"{dataset.entry.final} {several}, fewer than {FEWEST}"
            )
        _check_source(dataset)
        _check_samples_of_truth(study, dataset)
        _check_analyses(study, dataset)
        _check_inputs(study, dataset)
        if -(-n_entries // study.config.shard) > MOST_JOBS:
            raise UserError(
                f"config, shard: {n_entries} {several} of {dataset.name} are more than "
                f"{MOST_JOBS} shards"
            )


def remarks_on_sizes(study: Study) -> list[str]:
    """Remarks on baselines that are missing, or smaller than the held-out truth."""
    remarks = []
    for dataset in study.datasets.values():
        several, place = dataset.kind.several, f"datasets.{dataset.name}"
        compared, left = dataset.n_entries, study.samples.n_entries(dataset.name, TRUTH)
        if left < FEWEST:
            remarks.append(
                f"{place}: no truth-vs-truth baseline and no positive control, which would take "
                f"the {several} that are left of the truth: {left}, at least {FEWEST} are needed"
            )
        elif left < compared:
            remarks.append(
                f"{place}: the truth-vs-truth baseline has {left} {several}, fewer than the "
                f"{compared} that samples are compared with"
            )
    return remarks


def _check_source(dataset: Dataset) -> None:
    """Refuse parts that do not fit into the file, or the files, of a truth."""
    within, has = check_range(dataset), held_out_entries(dataset)
    published = dataset.download.found.name if dataset.download else None
    words = f"{published or dataset.source} has {has}{within}"
    if not dataset.in_parts:
        _check_parts(dataset, ("final", "generator", "classifier"), words, has)
        return
    _check_parts(dataset, ("final", "classifier"), words, has)
    has, file = generator_entries(dataset), published or dataset.generator_source
    words = f"{file} has {has}{within}" if file else "there is no file `generator` in the source"
    _check_parts(dataset, ("generator",), words, has)


def _check_parts(dataset: Dataset, parts: tuple[str, ...], words: str, has: int | None) -> None:
    """Refuse parts that have together more entries than a file; None leaves it to the job."""
    asked = [getattr(dataset.entry, part) for part in parts]
    if has is not None and sum(asked) > has:
        raise UserError(
            f"{dataset.place}: {' + '.join(map(str, asked))} {dataset.kind.several} are asked "
            f"for, {words}"
        )


def _check_samples_of_truth(study: Study, dataset: Dataset) -> None:
    """Refuse a generator part that is too small for generators and distortions."""
    part = dataset.entry.generator or 0
    has = f"the generator part of {dataset.name} has {part} {dataset.kind.several}"
    for name in study.samples.generated(dataset.name):
        fewest = FEWEST if study.generators[name].hands_on else FEWEST_GENERATOR
        if part < fewest:
            raise UserError(f"config, generators.{name}: {has}, fewer than {fewest}")
    for name in study.samples.distorted(dataset.name):
        if part < FEWEST:
            raise UserError(f"config, samples.{name}: {has}, fewer than {FEWEST}")


def _check_inputs(study: Study, dataset: Dataset) -> None:
    """Refuse inputs that too few entries of the truth or of a generated sample have.

    Of a truth that is made or downloaded, and of files, the job of the classifier finds out.
    """
    kind, name = dataset.stored_as, dataset.name
    if dataset.made_here:
        return
    some = {x for _, x in study.methods.tests(name) if not dataset.kind.inputs[x].of_all}
    made = {x: study.samples.n_entries(name, x) for x in study.samples.generated(name)}
    for inputs in sorted(some):
        has = sum(study.checks.entries(path, kind) for path in dataset.files)
        known = sum(study.checks.entries_with(inputs, x, dataset.kind) for x in dataset.files)
        for sample, size in {"the held-out truth": dataset.n_entries, **made}.items():
            if (expected := size * known / has) < FEWEST:
                raise UserError(
                    f"config, inputs: {inputs}: about {expected:.0f} of {size} {kind.several} of "
                    f"{sample} have them, at least {FEWEST} are needed"
                )


def _check_analyses(study: Study, dataset: Dataset) -> None:
    """Refuse analyses that need more truth than there is."""
    several, compared = dataset.kind.several, dataset.n_entries
    for analysis in study.analyses.values():
        if not any(dataset.name in place.samples for place in analysis.places.values()):
            continue
        needs, part = analysis.lists("needs"), dataset.entry.generator or 0
        has = f"{analysis.place}: the generator part of {dataset.name} has {part} {several}"
        if "training" in needs and part < FEWEST_GENERATOR:
            raise UserError(f"{has}, fewer than {FEWEST_GENERATOR}")
        if "baseline" in needs and part < compared:
            raise UserError(f"{has}, fewer than the {compared} that samples are compared with")
        if "planted" in needs:
            faulty = [study.generators[x] for x in study.samples.generated(dataset.name)]
            most = max((x.card["fraction"] for x in faulty if x.faulty), default=0)
            left = (1 - most) * (part + (dataset.entry.classifier or 0) - compared)
            if left < compared:
                raise UserError(
                    f"{analysis.place}: {compared} {several} of {dataset.name} are "
                    f"compared, and {left:.0f} are left for a sample of as many"
                )
