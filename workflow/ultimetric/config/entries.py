"""Models of the entries of a config: datasets, generators, samples, classifiers and so on."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Tag, model_validator

from ultimetric.config.types import (
    KEYS,
    LIST,
    TEXT,
    FieldError,
    Name,
    Names,
    OpenSection,
    Section,
    Size,
    Whole,
    either,
)
from ultimetric.forms.values import as_whole, shown

WAYS = ("file", "bundled", "held_out", "download", "simulate", "draw")  # in which a truth is given


class OwnFile(Section):
    """A plug-in outside the package."""

    file: str = Field(description="The path of a .py file with the plug-in.")


class Source(Section):
    """Where the truth of a dataset comes from; exactly one of the ways is given."""

    file: str | None = Field(None, description="The path of a file with the truth.")
    bundled: str | None = Field(
        None,
        description="The name of a truth that the repository holds; an empty text stands for the "
        "name of the dataset.",
    )
    generator: str | None = Field(
        None, description="The path of a file with the truth that generators are trained on."
    )
    held_out: str | None = Field(
        None, description="The path of a file with the truth that samples are compared with."
    )
    download: str | None = Field(
        None,
        description="The name of a published truth, or a .yaml file that describes one.",
    )
    simulate: dict[str, Any] | None = Field(
        None, description="The options of the simulation that makes the truth."
    )
    draw: dict[str, Any] | None = Field(
        None, description="The options of the density that the truth is drawn from."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Source:
        ways = [way for way in WAYS if getattr(self, way) is not None]
        if self.generator is not None and "held_out" not in ways:
            raise FieldError("`held_out` is missing")
        if len(ways) != 1:
            given = " and ".join(f"`{way}`" for way in ways) or "none of them"
            known = ", ".join(f"`{way}`" for way in WAYS)
            raise FieldError(f"one of {known} must be given, not {given}")
        return self

    @property
    def way(self) -> str:
        """The key that is given; `generator` is beside `held_out`."""
        return next(way for way in WAYS if getattr(self, way) is not None)

    @property
    def made(self) -> dict[str, Any] | None:
        """The options of a truth that the study makes, by simulation or from a density."""
        return self.draw if self.simulate is None else self.simulate


def _source(value: Any) -> Any:
    """A source that is a text: the word `bundled`, or the path of a file."""
    if isinstance(value, str):
        return {"bundled": ""} if value == "bundled" else {"file": value}
    if not isinstance(value, dict | Source):
        raise FieldError(f"{shown(value)} is not a text or a set of keys")
    return value


PluginName = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[OwnFile, Tag(KEYS)],
    either(text="a text", keys="a set of keys"),
]
Recipe = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[list[Any], Tag(LIST)],
    either(text="a text", list="a list"),
]
ComparedSize = Annotated[int, Field(ge=50, le=1_000_000_000), BeforeValidator(as_whole)]
TEXT_SOURCE = BeforeValidator(_source, json_schema_input_type=str | Source)


class Dataset(OpenSection):
    """A truth and its parts; the other keys are options of its kind, such as a geometry."""

    kind: PluginName = Field(
        "showers", description="The kind of the data: a name, or a file of your own."
    )
    source: Annotated[Source, TEXT_SOURCE] = Field(
        Source(bundled=""),
        description="Where the truth comes from: the word `bundled`, the path of a file, or keys.",
        json_schema_extra={"default": "bundled"},
    )
    costs: str | None = Field(
        None, description="The path of a .csv file with the costs of the simulation of the truth."
    )
    format: OwnFile | None = Field(None, description="A file format of your own.")
    observables: dict[Name, OwnFile] = Field({}, description="Observables of your own.")
    inputs: dict[Name, OwnFile] = Field({}, description="Classifier inputs of your own.")
    generator: Size | None = Field(
        None, description="The number of entries that generators are trained on."
    )
    classifier: ComparedSize | None = Field(
        None, description="The number of entries that samples are compared with."
    )
    final: Size | None = Field(
        None,
        description="The number of entries that are kept for the last look at a finished study.",
    )


class Trained(Section):
    """The common keys of generators and classifiers."""

    file: str | None = Field(None, description="The path of a .py file of your own.")
    card: str | None = Field(None, description="The name of the hyper-parameters (default cpu).")
    override: dict[str, Any] = Field({}, description="Changes to the card; null is a value.")
    datasets: list[str] | None = Field(
        None, description="The datasets that it is used on (default: all whose kind fits)."
    )


class Generator(Trained):
    """A generative model; its key names the sample."""

    model: str | None = Field(
        None, description="A module of ultimetric/generators (default: the key)."
    )
    preprocessing: Recipe | None = Field(
        None, description="The name of a recipe, or the list of its steps."
    )
    builds_on: str | None = Field(
        None, description="The generator whose training this one starts from."
    )


class Classifier(Trained):
    """A classifier that tells samples from truth."""

    module: str | None = Field(
        None, description="A module of ultimetric/classifiers (default: the key)."
    )
    inputs: Names | None = Field(
        None, description="The inputs that it is trained on (default: all that it can take)."
    )
    protocol: str | None = Field(
        None,
        description="A published protocol instead of cross-fitting, such as calochallenge or "
        "weights_paper.",
    )


class Sample(Section):
    """A sample that no generator of the study makes."""

    file: str | None = Field(None, description="The path of the file of the sample.")
    costs: str | None = Field(
        None, description="The path of a .csv file with the costs that the submission states."
    )
    posterior: bool = Field(
        False, description="Whether the file has log densities of draws from a posterior."
    )
    distort: dict[str, Any] | None = Field(
        None,
        description="The options of a distortion of truth, whose weights may be known exactly.",
    )
    dataset: str | None = Field(None, description="The dataset that it is compared with.")
    datasets: list[str] | None = Field(
        None, description="Several datasets that are distorted alike.", min_length=1
    )

    @model_validator(mode="after")
    def _file_or_distortion(self) -> Sample:
        if (self.file is None) == (self.distort is None):
            raise FieldError("`file` or `distort` must be given, not both")
        if self.file is not None and self.datasets is not None:
            raise FieldError("a file is of one `dataset`")
        if self.costs is not None and self.file is None:
            raise FieldError("`costs` belong to a `file`")
        if self.posterior and self.file is None:
            raise FieldError("`posterior` belongs to a `file`")
        return self


class Plugin(OpenSection):
    """The common keys of analyses and figures; other keys are options of the module."""

    module: str | None = Field(None, description="A module of the package (default: the key).")
    file: str | None = Field(None, description="The path of a .py file of your own.")
    datasets: list[str] | None = Field(
        None, description="The datasets that it is made for (default: all whose kind fits)."
    )
    samples: list[str] | None = Field(None, description="The samples in it (default: all).")
    exclude: list[str] = Field([], description="The samples that are left out.")


class Analysis(Plugin):
    """Numbers made of truth, samples, weights or models."""


class Figure(Plugin):
    """A figure, drawn from the numbers of analyses or from the data."""

    title: str | None = Field(None, description="The title, in the figure and in the report.")
    beside: list[str] = Field([], description="Other datasets that are shown beside each one.")
    most: Whole | None = Field(
        None,
        ge=1,
        description="The most samples in one figure, if samples share its panels: of more, "
        "further figures are drawn, each with the controls. By default 4, or all that `samples` "
        "names.",
    )
