"""The jobs of the small study of workspace.py, and which of them follow from which."""

from __future__ import annotations

from dataclasses import dataclass, field

Job = tuple[str, ...]

FLOWS = ("caloflow", "caloinn")
SAMPLES = {"eplus": ("truth", *FLOWS, "nearest", "upon", "mine"), "gamma": ("truth",)}
WITH_LIKELIHOOD = (*FLOWS, "zflow")
BASES = {"upon": "caloinn"}
FILES = ("mine", "friends")  # samples that come as a file
UNTRAINED = ("truth", *FILES)
METHODS = ("dnn", "means")
FIGURES = {
    "eplus": ("roc", "losses", "scan_curves", "energy_regression"),
    "gamma": ("roc", "energy_regression"),
}


@dataclass
class Graph:
    """The jobs of the study of workspace.py, and which of them reads which."""

    samples: dict[str, tuple[str, ...]] = field(default_factory=lambda: SAMPLES)
    blocks: tuple[str, ...] = ("0",)
    judges: str = "classifier"  # the part of the truth

    def after(self, *roots: Job) -> set[Job]:
        """Jobs and all that follow from them."""
        found, todo = set(), list(roots)
        jobs = self.jobs()
        while todo:
            job = todo.pop()
            assert job in jobs, job
            if job not in found:
                found.add(job)
                todo += [other for other in jobs if job in self.reads(other)]
        return found

    def jobs(self, *rules: str) -> set[Job]:
        """All jobs, or those of some rules."""
        found: set[Job] = {("aggregate",), ("report",)}
        for data, samples in self.samples.items():
            found |= {("preprocess", data)} | {("figure", data, name) for name in FIGURES[data]}
            found |= {("observe", data, x) for x in (*samples, self.judges)}
            if set(samples) - set(UNTRAINED):
                found |= {("observe", data, "training")}
            for name in samples:
                found |= {("ingest", data, name)} if name in FILES else set()
                found |= {(x, data, name) for x in ("train", "sample") if name not in FILES}
                found |= {("scan", data, name)} if name in FLOWS else set()
                found |= {("weigh", data, name)}
                found |= {
                    ("classify", data, name, method, "high_level", block)
                    for method in METHODS
                    for block in self.blocks
                }
            found |= self.analyses(data)
        return {job for job in found if not rules or job[0] in rules}

    def analyses(self, data: str) -> set[Job]:
        """The jobs of the analyses of a dataset."""
        samples = self.samples[data]
        found: set[Job] = {("energy_regression", data)}
        found |= {("pairs", data)} if set(FLOWS) <= set(samples) else set()
        for name in samples:
            place = f"{data}/{name}"
            found |= {(x, place) for x in ("classifier", "separation", "findings")}
            found |= {("evaluate_model", place)} if name in WITH_LIKELIHOOD else set()
            found |= {("memorisation", place)} if name not in UNTRAINED else set()
        return found

    def reads(self, job: Job) -> set[Job]:
        """Jobs whose outputs a job reads."""
        match job:
            case ("train", data, name) if name in BASES:
                return {("preprocess", data), ("train", data, BASES[name])}
            case ("train", data, _):
                return {("preprocess", data)}
            case ("sample" | "scan", data, name):
                return {("train", data, name)}
            case ("observe", data, name) if name in self.samples[data]:
                return {self.made(data, name)}
            case ("observe", data, _):
                return {("preprocess", data)}
            case ("classify", data, name, *_):
                return {("preprocess", data), self.made(data, name)} | self.observed(data, name)
            case ("weigh", data, name):
                return {x for x in self.jobs("classify") if x[1:3] == (data, name)}
            case ("figure", data, name):
                return self.drawn(data, name)
            case ("aggregate",):
                found = self.jobs("train", "sample")
                return found.union(*(self.analyses(data) for data in self.samples))
            case ("report",):
                return self.jobs("figure", "aggregate")
            case (analysis, place):
                return self.analysed(analysis, *place.split("/"))
        return set()

    def analysed(self, analysis: str, data: str, name: str = "") -> set[Job]:
        """What an analysis of a dataset, or of a sample of it, reads."""
        match analysis:
            case "energy_regression":
                return {("preprocess", data), *(self.made(data, x) for x in self.samples[data])}
            case "pairs":
                return {
                    x for name in FLOWS for x in (self.made(data, name), ("weigh", data, name))
                }
            case "evaluate_model":
                return {("train", data, name), ("preprocess", data)}
            case "classifier":
                observed = set()
            case "memorisation":
                observed = {*self.observed(data, name), ("observe", data, "training")}
            case "separation" | "findings":
                observed = self.observed(data, name)
            case _:  # a rule that is no analysis
                return set()
        return {("preprocess", data), self.made(data, name), ("weigh", data, name)} | observed

    def drawn(self, data: str, figure: str) -> set[Job]:
        """What a figure reads."""
        match figure:
            case "roc":
                return {("weigh", data, name) for name in self.samples[data]}
            case "losses":
                return {("train", data, name) for name in FLOWS}
            case "scan_curves":
                return {("scan", data, name) for name in FLOWS}
        return {("energy_regression", data)}

    def made(self, data: str, name: str) -> Job:
        return ("ingest" if name in FILES else "sample", data, name)

    def observed(self, data: str, name: str) -> set[Job]:
        """The observables of a sample and of the truth."""
        return {("observe", data, name), ("observe", data, self.judges)}


GRAPH = Graph()
ROC: Job = ("figure", "eplus", "roc")
WHOLE: set[Job] = {ROC, ("figure", "eplus", "energy_regression")}  # figures of all samples
EPLUS: set[Job] = {("figure", "eplus", name) for name in FIGURES["eplus"]}
END: set[Job] = {("aggregate",), ("report",)}


def trained(*names: str) -> set[Job]:
    """Generators and all that follows from them."""
    return GRAPH.after(*(("train", "eplus", name) for name in names))


def scored_by(method: str) -> set[Job]:
    """A classifier's jobs and all that follows from them."""
    return GRAPH.after(*(job for job in GRAPH.jobs("classify") if job[3] == method))


def with_sample(name: str) -> Graph:
    return Graph({**SAMPLES, "eplus": (*SAMPLES["eplus"], name)})


ZFLOW = {"model": "caloinn", "card": "tiny", "preprocessing": "noise_after", "datasets": ["eplus"]}
NETWORKS = ("train", "sample", "scan", "classify", "evaluate_model", "memorisation")
TORCH = GRAPH.after(*GRAPH.jobs(*NETWORKS, "energy_regression"))
TWO_BLOCKS = Graph(blocks=("0", "1"))
FINAL = Graph(judges="final")
TRAIN_CALOFLOW: Job = ("train", "eplus", "caloflow")
TRAIN_CALOINN: Job = ("train", "eplus", "caloinn")
WITHOUT_NEAREST = Graph({**SAMPLES, "eplus": ("truth", *FLOWS, "upon", "mine")})
