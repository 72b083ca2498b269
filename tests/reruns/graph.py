"""The jobs of the small study of workspace.py, and which of them follow from which."""

from __future__ import annotations

from dataclasses import dataclass, field

Job = tuple[str, ...]

FLOWS = ("caloflow", "caloinn")
SAMPLES = {"eplus": ("truth", *FLOWS, "nearest", "upon", "mine"), "gamma": ("truth",)}
EXAMINED = (*FLOWS, "zflow")  # those with a likelihood
BASES = {"upon": "caloinn"}
FILES = ("mine", "friends")  # samples that come as a file
UNTRAINED = ("truth", *FILES)


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
            found |= {(rule, data) for rule in ("preprocess", "regress")}
            parts = {self.part(x) for name in samples for x in self.references(name)}
            found |= {("observe", data, x) for x in (*samples, *parts)}
            found |= {("compare", data)} if set(FLOWS) <= set(samples) else set()
            found |= {("figure", data, name) for name in ("roc", "losses")}
            for name in samples:
                found |= {("metric", data, name, x) for x in ("classifier", "separation")}
                found |= {("ingest", data, name)} if name in FILES else set()
                found |= {(x, data, name) for x in ("train", "sample") if name not in FILES}
                found |= {("examine", data, name)} if name in EXAMINED else set()
                found |= {("scan", data, name)} if name in FLOWS else set()
                found |= {("find", data, name)}
                found |= {("weigh", x, data, name) for x in self.references(name)}
                found |= {
                    ("classify", reference, data, name, test, "high_level", block)
                    for reference in self.references(name)
                    for test in (("dnn", "means") if reference == "weights" else ("dnn",))
                    for block in self.blocks
                }
        return {job for job in found if not rules or job[0] in rules}

    def reads(self, job: Job) -> set[Job]:
        """Jobs whose outputs a job reads."""
        match job:
            case ("train", data, name) if name in BASES:
                return {("preprocess", data), ("train", data, BASES[name])}
            case ("train", data, _):
                return {("preprocess", data)}
            case ("sample" | "scan", data, name):
                return {("train", data, name)}
            case ("examine", data, name):
                return {("train", data, name), ("preprocess", data)}
            case ("observe", data, name) if name in self.samples[data]:
                return {self.made(data, name)}
            case ("observe", data, _):
                return {("preprocess", data)}
            case ("classify", reference, data, name, *_):
                read = {("preprocess", data), self.made(data, name)}
                return read | self.observed(data, name, reference)
            case ("weigh", reference, data, name):
                return {x for x in self.jobs("classify") if x[1:4] == (reference, data, name)}
            case ("metric", data, name, _):
                weights = {("weigh", x, data, name) for x in self.references(name)}
                read = {("preprocess", data), self.made(data, name)} | weights
                return read | self.observed(data, name)
            case ("find", data, name):
                weights = {("weigh", "weights", data, name)}
                read = {("preprocess", data), self.made(data, name)} | weights
                return read | self.observed(data, name)
            case ("compare", data):
                return self.compared(data, FLOWS)
            case ("regress", data):
                return {("preprocess", data), *(self.made(data, x) for x in self.samples[data])}
            case ("figure", data, "roc"):
                return {("preprocess", data)} | self.shown(data, self.samples[data])
            case ("figure", data, "losses"):
                rules = ("train", "scan") if data == "eplus" else ()
                trained = {(rule, data, name) for rule in rules for name in FLOWS}
                read = {("preprocess", data), ("regress", data)} | trained
                return read | self.shown(data, FLOWS)
            case ("aggregate",):
                rules = ("metric", "compare", "find", "regress", "train", "sample", "examine")
                return self.jobs(*rules)
            case ("report",):
                return self.jobs("figure", "aggregate")
        return set()

    def made(self, data: str, name: str) -> Job:
        return ("ingest" if name in FILES else "sample", data, name)

    def references(self, name: str) -> tuple[str, ...]:
        return ("weights",) if name in UNTRAINED else ("weights", "memorisation")

    def part(self, reference: str) -> str:
        """The part of the truth that a reference means."""
        return "training" if reference == "memorisation" else self.judges

    def observed(self, data: str, name: str, reference: str = "weights") -> set[Job]:
        """The observables of a sample and of what it is compared with."""
        return {("observe", data, name), ("observe", data, self.part(reference))}

    def compared(self, data: str, names: tuple[str, ...]) -> set[Job]:
        """The samples of a dataset among names, and their weights."""
        here = [name for name in names if name in self.samples[data]]
        weights = {("weigh", "weights", data, name) for name in here}
        return weights | {self.made(data, name) for name in here}

    def shown(self, data: str, names: tuple[str, ...]) -> set[Job]:
        """These, and the observables of truth and samples."""
        here = [name for name in names if name in self.samples[data]]
        read = {("observe", data, x) for x in (*here, self.part("weights"))}
        return read | self.compared(data, names)


GRAPH = Graph()
ROC: Job = ("figure", "eplus", "roc")
LOSSES: Job = ("figure", "eplus", "losses")
END: set[Job] = {("aggregate",), ("report",)}


def trained(*names: str) -> set[Job]:
    """Generators and all that follows from them."""
    return GRAPH.after(*(("train", "eplus", name) for name in names))


def scored_by(test: str) -> set[Job]:
    """A classifier's jobs and all that follows from them."""
    return GRAPH.after(*(job for job in GRAPH.jobs("classify") if job[4] == test))


def with_sample(name: str) -> Graph:
    return Graph({**SAMPLES, "eplus": (*SAMPLES["eplus"], name)})


ZFLOW = {"model": "caloinn", "card": "tiny", "preprocessing": "noise_after", "datasets": ["eplus"]}
TORCH = GRAPH.after(*GRAPH.jobs("train", "sample", "examine", "scan", "classify", "regress"))
TWO_BLOCKS = Graph(blocks=("0", "1"))
FINAL = Graph(judges="final")
TRAIN_CALOFLOW: Job = ("train", "eplus", "caloflow")
TRAIN_CALOINN: Job = ("train", "eplus", "caloinn")
WITHOUT_NEAREST = Graph({**SAMPLES, "eplus": ("truth", *FLOWS, "upon", "mine")})
