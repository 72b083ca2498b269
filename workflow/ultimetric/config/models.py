"""The model of a whole config."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ultimetric.config.entries import Analysis, Classifier, Dataset, Figure, Generator, Sample
from ultimetric.config.old_keys import refuse_old_keys
from ultimetric.config.plain import check_plain
from ultimetric.config.sentences import conformed
from ultimetric.config.types import STUDY_NAME, Name, Names, Section, Whole


class Repeats(Section):
    """The number of trainings of each classifier."""

    blocks: Whole = Field(
        description="The number of blocks of repeats; more blocks redo none.", ge=1, le=1000
    )
    size: Whole = Field(description="The trainings in a block, which is one job.", ge=1, le=1000)


class Order(Section):
    """The order in figures and report; what it does not name follows by the alphabet."""

    samples: list[str] = Field([], description="The order of samples.")
    figures: list[str] = Field([], description="The order of figures.")


class Style(Section):
    """Looks of figures and report; no number depends on them."""

    labels: dict[str, str] = Field({}, description="Labels of samples, datasets and inputs.")
    colours: dict[str, str] = Field({}, description="Colours of samples, as matplotlib has them.")
    order: Order = Field(Order(), description="The order in figures and report.")
    paper: Literal["one_column", "two_columns"] | None = Field(
        None,
        description="The width of figures for a paper: of one column (3.4 inches) or of both (7 "
        "inches), without titles. By default they are as wide as their panels need.",
    )


class Part(Section):
    """A part of the report, with the usual sections for its datasets."""

    title: str = Field(description="The title.", min_length=1)
    text: str = Field("", description="Paragraphs below the title.")
    datasets: Names = Field(description="The datasets that it is about.")
    samples: Names | None = Field(
        None, description="The samples that it is about (default: all that no other part names)."
    )


class Report(Section):
    """What stands where in the report."""

    parts: list[Part] = Field([], description="The parts (default: the report is not divided).")


class Config(Section):
    """A study: its truth, its samples, and what is made of them."""

    study: str = Field(
        "mine", description="The name of the folder of its results.", pattern=STUDY_NAME
    )
    scale: Name | None = Field(None, description="The entry of `scales` to use; none by default.")
    scales: dict[Name, dict[str, Any]] = Field(
        {}, description="Keys of a study, by name, that are laid over it."
    )
    seed: Whole = Field(1, description="The random seed.", ge=0, le=2**63 - 1)
    evaluate: Literal["classifier", "final"] = Field(
        "classifier", description="The part of the truth that samples are compared with."
    )
    shard: Whole = Field(
        100_000,
        description="The number of entries that one job samples.",
        ge=5000,
        multiple_of=5000,
    )
    datasets: dict[Name, Dataset] = Field({}, description="The truths, by name.", min_length=1)
    preprocessing: dict[Name, list[Any]] = Field(
        {}, description="Recipes of the study's own, by name: lists of steps."
    )
    generators: dict[Name, Generator] = Field({}, description="Generators, by name of the sample.")
    samples: dict[Name, Sample] = Field(
        {}, description="Samples that no generator of the study makes, by name."
    )
    classifiers: dict[Name, Classifier] = Field(
        {}, description="Classifiers, by name.", min_length=1
    )
    inputs: Names = Field([], description="What the classifiers see, by name.")
    repeats: Repeats = Field(
        Repeats(blocks=1, size=3), description="How often each classifier is trained."
    )
    analyses: dict[Name, Analysis] = Field({}, description="Analyses, by name.")
    figures: dict[Name, Figure] = Field({}, description="Figures, by name.")
    report: Report = Field(Report(), description="What stands where in the report.")
    style: Style = Field(Style(), description="Looks of figures and report.")


def parse(content: dict[str, Any]) -> Config:
    """The typed config; keys that are not given have the default of their field.

    Arguments:
        content: A config as read from YAML, without entries that are null.

    Raises:
        UserError: Something does not fit; the message is one sentence.
    """
    check_plain(content, "config")
    refuse_old_keys(content)
    return conformed(Config, content, "config")
