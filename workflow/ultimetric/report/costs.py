"""The tables of costs in the report: size, training and memory, and the time per entry."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from ultimetric.costs import DEVICES, GENERATE, JOBS, SIMULATE, WHOLE_WAY, dataset_in, of_dataset
from ultimetric.report.tables import SAMPLE, Cell, Line, Names, Standing, Table
from ultimetric.report.verdict import NOTHING, Row, number

SECTION = "Costs"
GENERATORS = "Size and training"
TIMES = "Time per entry"
TEXT = {
    GENERATORS: "Trained parameters, those that generation uses, and what the training took. The "
    "time of sampling is that of the job that made the sample, in one run.",
    TIMES: "In memory: networks and inverse preprocessing alone, after a warm-up. The whole way: "
    "a fresh process that starts, loads the weights, generates and writes the file, divided by "
    "what it made; numbers that a submission states without saying how stand there, too. The "
    "digits in brackets are the standard deviation over repeats, the machine stands in "
    "``costs.csv``. Times compare only on the same machine, with the same number of threads.",
}
BATCHES = (1, 100, 10000)  # those of the CaloChallenge; others where none of them was measured
TIME = re.compile(r"time_per_([a-z]+)\Z")
WAYS = {GENERATE: "in memory", WHOLE_WAY: "the whole way"}


@dataclass(frozen=True)
class Column:
    """A column: its heading, and the quantity, the device and the batch that it shows."""

    heading: str
    quantity: str
    device: str = ""
    batch: int = 0

    def shows(self, row: Row) -> bool:
        """Whether it shows a row; the time of a simulation is that of any batch size."""
        batch = 0 if pd.isna(row.batch) else int(row.batch)
        any_batch = not self.batch or (row.stage == SIMULATE and not batch)
        of_device = self.device in ("", row.device)
        return row.quantity == self.quantity and of_device and (any_batch or batch == self.batch)


def cost_tables(costs: pd.DataFrame, names: Names, standing: Standing) -> dict[str, list[Table]]:
    """The tables of each dataset under their titles; those without a number are left out.

    Arguments:
        costs: The rows of costs.csv.
        names: The labels, orders and roles of names; samples that test the classifier are left
            out.
        standing: What tells which samples have lines.
    """
    of = costs["note"].map(dataset_in)
    found: dict[str, list[Table]] = {GENERATORS: [], TIMES: []}
    for dataset in dict.fromkeys(filter(None, of)):
        there = costs[(of == dataset).to_numpy()]
        there = there[standing(dataset, [(sample,) for sample in there["sample"]])]
        rows = list(there.itertuples(index=False))
        tables = {
            GENERATORS: _generators(rows, dataset, names),
            TIMES: _times(rows, dataset, names),
        }
        for title, table in tables.items():
            if table.columns and table.lines:
                found[title].append(table)
    return {title: tables for title, tables in found.items() if tables}


def _generators(rows: list[Row], dataset: str, names: Names) -> Table:
    """One line for each sample: parameters, training, memory, and the sampling job."""
    known = [row for row in rows if row.stage in JOBS or not TIME.match(row.quantity)]
    entry = next((found[1] for row in rows if (found := TIME.match(row.quantity))), "entry")
    columns = [
        Column("parameters", "parameters"),
        Column("in generation", "parameters_generation"),
        Column("training (s)", "training_time"),
        Column("memory of the training (MiB)", "peak_memory"),
        Column(f"sampling (ms per {entry})", f"time_per_{entry}"),
    ]
    known = [row for row in known if row.quantity != "peak_memory" or row.stage != WHOLE_WAY]
    there = {row.quantity for row in known}
    columns = [column for column in columns if column.quantity in there]
    return _table(names, dataset, [], columns, [known])


def _times(rows: list[Row], dataset: str, names: Names) -> Table:
    """One line for each sample: ways, and in each the devices and batch sizes."""
    times = [row for row in rows if TIME.match(row.quantity) and row.stage not in JOBS]
    groups = {
        words: [row for row in times if _way(row) == way]
        for way, words in WAYS.items()
        if any(_way(row) == way and not math.isnan(row.value) for row in times)
    }
    shown = [row for group in groups.values() for row in group]
    columns = []
    for device, label in DEVICES.items():
        there = {
            int(row.batch)
            for row in shown
            if row.device == device and pd.notna(row.batch) and not math.isnan(row.value)
        }
        columns += [
            Column(f"{label}, batch {batch} (ms)", row.quantity, device, batch)
            for row in shown[:1]
            for batch in ([x for x in BATCHES if x in there] or sorted(there))
        ]
    if not columns and any(row.stage == SIMULATE for row in shown):
        columns = [Column("CPU (ms)", shown[0].quantity, "cpu")]
    return _table(names, dataset, list(groups), columns, list(groups.values()))


def _way(row: Row) -> str:
    """The way that a time is of; what no job of the study measured counts as the whole one."""
    return row.stage if row.stage in WAYS else WHOLE_WAY


def _table(
    names: Names,
    dataset: str,
    groups: list[str],
    columns: Sequence[Column],
    rows: list[list[Row]],
) -> Table:
    """A table of groups of columns, with the rows of each group."""
    order = names.order.get(dataset, [])
    samples = dict.fromkeys(row.sample for group in rows for row in group)
    known = sorted(
        (name for name in samples if name not in names.controls),
        key=lambda name: order.index(name) if name in order else len(order),
    )
    lines = [
        Line(
            (name,),
            names.label(name),
            SAMPLE,
            "",
            [[_cell(name, column, group) for column in columns] for group in rows],
        )
        for name in known
    ]
    told = [line for line in lines if any(x.text != NOTHING or x.remark for x in _all(line))]
    return Table(names.label(dataset), groups, [x.heading for x in columns], told, {})


def _all(line: Line) -> Iterable[Cell]:
    return (cell for cells in line.cells for cell in cells)


def _cell(sample: str, column: Column, rows: Iterable[Row]) -> Cell:
    """The number of a sample in a column."""
    row = next((row for row in rows if row.sample == sample and column.shows(row)), None)
    if row is None:
        return Cell(NOTHING)
    remarks = row.note.split("; ")[1:]
    if math.isnan(row.value):
        return Cell(NOTHING, remark="; ".join(remarks))
    whole = float(row.value).is_integer() and math.isnan(row.error)
    threads = [] if pd.isna(row.threads) else [f"threads: {row.threads}"]
    text = f"{row.value:,.0f}" if whole else number(row)
    return Cell(text, hint="; ".join([*remarks, *threads]), value=row.value)


def time_cell(costs: pd.DataFrame, dataset: str, sample: str) -> tuple[str, Cell]:
    """What one entry is called, and the time that it takes: the shortest that is known.

    It is the shortest of those in memory, else of those of whole processes, else of those of the
    jobs that made samples. The remark says how it was measured, and how much faster than the
    simulation of the truth the sample was made.

    Arguments:
        costs: The rows of costs.csv.
        dataset, sample: The names.
    """
    of = of_dataset(costs, dataset)
    there = of[of["sample"] == sample]
    times = [
        (row, found[1])
        for row in there.itertuples(index=False)
        if (found := TIME.match(row.quantity)) and not math.isnan(row.value)
    ]
    for stage in (GENERATE, WHOLE_WAY, *JOBS, SIMULATE):
        of_stage = [(row, entry) for row, entry in times if row.stage == stage]
        if of_stage:
            row, entry = min(of_stage, key=lambda found: found[0].value)
            batch = [] if pd.isna(row.batch) else [f"batch {row.batch}"]
            how = [WAYS.get(stage, "the job that made the sample"), DEVICES.get(row.device, "")]
            once = row.note.split("; ")[1:] if stage in JOBS else []
            remark = ", ".join(filter(None, [*how, *batch, *once]))
            simulated = [x for x in of.itertuples(index=False) if x.stage == SIMULATE]
            against = _against([x for x, _ in times], simulated)
            text = f"{row.value:.2g}" if math.isnan(row.error) else number(row)
            said = "; ".join(filter(None, [remark, against]))
            return entry, Cell(f"{text} {row.unit}", said, value=row.value)
    return "", Cell(NOTHING)


def _against(times: list[Row], simulated: list[Row]) -> str:
    """How much faster than the simulation of the truth a sample was made, both the whole way and
    on the same kind of device; empty where one of these times is not known.

    Arguments:
        times: The times per entry of a sample.
        simulated: What is known of the simulation.
    """
    own = [row for row in times if row.stage not in (*JOBS, SIMULATE) and _way(row) == WHOLE_WAY]
    for truth in simulated:
        known = [row for row in own if (row.device, row.unit) == (truth.device, truth.unit)]
        if known and truth.value > 0 and truth.quantity == known[0].quantity:
            row = min(known, key=lambda row: row.value)
            ratio = truth.value / row.value
            how = f"is {_two(ratio)} times as fast"
            if ratio < 1:
                how = f"takes {_two(1 / ratio)} times as long"
            mine, its = (f"{number(x)} {x.unit}" for x in (row, truth))
            return f"the whole way ({mine}) {how} as {truth.sample}, {its}"
    return ""


def _two(value: float) -> str:
    return f"{float(f'{value:.2g}'):,g}"
