"""The profiles: each can plan, and what a job asks for reaches the batch system's door.

Behind the doors nobody is: a fake sbatch, fake bindings of HTCondor, a fake Kubernetes server
write down what they are given and say that the job has failed. test_slurm.py has a real Slurm.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import REPOSITORY

from ultimetric.planning.cards import card as planned

PROFILES = sorted(x.parent.name for x in (REPOSITORY / "profiles").glob("*/config.yaml"))
NEEDS = {
    "slurm": ["snakemake_executor_plugin_slurm"],
    "htcondor": ["snakemake_executor_plugin_htcondor"],
    "kubernetes": ["snakemake_executor_plugin_kubernetes", "snakemake_storage_plugin_fs"],
}
# Cards that want a GPU, for two generators; without pairs `compare` waits for nothing.
PAPER = """\
generators: {caloflow: {card: paper}, caloinn: {card: paper, preprocessing: noise_after}}
pairs: []
"""
CONFIG = ("tests/studies/tiny.yaml", "tests/studies/slurm.yaml", "paper.yaml")
RESULTS = "results/slurm"
# Enough is there that one job of each of three rules can start at once.
PRESENT = [
    *(f"data/eplus/{part}.hdf5" for part in ("training", "validation", "classifier", "final")),
    *(
        f"models/eplus/caloinn/{name}"
        for name in ("model.safetensors", "history.csv", "costs.csv")
    ),
]
TARGETS = [
    f"{RESULTS}/models/eplus/caloflow/model.safetensors",  # train
    f"{RESULTS}/samples/eplus/caloinn.hdf5",  # sample
    f"{RESULTS}/metrics/eplus/pairs.csv",  # compare
]


def needs(profile: str) -> None:
    """Skip if what a profile needs is not installed."""
    missing = [name.replace("_", "-") for name in NEEDS.get(profile, []) if not find_spec(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed (envs/{profile}.txt)")


def card(model: str) -> dict[str, Any]:
    """The card `paper` of a model."""
    return planned("generators", model, {"card": "paper"})


def snakemake(
    folder: Path, *arguments: str | Path, **variables: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder, with variables besides those that it always needs."""
    command = [Path(sys.executable).parent / "snakemake", *arguments]
    given = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return subprocess.run(
        [*map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=given | kept | {name: str(value) for name, value in variables.items()},
        timeout=300,  # a job whose end is not noticed is waited for without end
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """The repository as git knows it, on its own: Kubernetes' plugin packs what git tracks."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Snakefile", "envs", "profiles", "tests/studies", "workflow"):
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    (folder / "paper.yaml").write_text(PAPER)
    # The showers stay outside: packing them takes long, and no job of these tests starts.
    (folder / ".gitignore").write_text("workflow/resources/showers\n")
    for command in ("init --quiet", "add ."):
        subprocess.run(["git", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


def submit(
    checkout: Path, profile: str, prefix: Path, *arguments: str | Path, **variables: str | Path
) -> str:
    """Let Snakemake hand its first jobs to a door behind which they fail."""
    for name in PRESENT:
        path = prefix / RESULTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    run = snakemake(
        checkout,
        *("--workflow-profile", f"profiles/{profile}", "--configfile", *CONFIG),
        # In the test only: no waiting, no second try.
        *("--retries", "0", "--latency-wait", "0", "--seconds-between-status-checks", "1"),
        *arguments,
        *("--", *TARGETS),
        **variables,
    )
    output = run.stdout + run.stderr
    assert run.returncode == 1 and "did not complete successfully" in output, output[-5000:]
    return output


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "checkout" in request.fixturenames:
        for name in (".snakemake", "results"):
            shutil.rmtree(request.getfixturevalue("checkout") / name, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_a_dry_run_works(checkout: Path, tmp_path: Path, profile: str) -> None:
    needs(profile)
    more = ("--default-storage-prefix", tmp_path) if profile == "kubernetes" else ()
    run = snakemake(
        checkout,
        *("--workflow-profile", f"profiles/{profile}"),
        *("--configfile", "tests/studies/tiny.yaml", "--dry-run", *more),
    )
    output = run.stdout + run.stderr
    assert run.returncode == 0, output[-5000:]
    assert f"profile profiles/{profile} for setting" in output
    assert re.search(r"^train +\d+$", output, flags=re.MULTILINE)


@pytest.mark.parametrize("profile", PROFILES)
def test_only_the_workstation_counts_gpus(profile: str) -> None:
    """A limit of the workstation would let one GPU job at a time onto a cluster."""
    settings = yaml.safe_load((REPOSITORY / "profiles" / profile / "config.yaml").read_text())
    assert ("resources" in settings) == (profile == "default")
    assert ("executor" in settings) == (profile != "default")
    assert settings["rerun-incomplete"] and settings["show-failed-logs"]


TOY = """
rule large:
    output: "large"
    shell: "head -c 3000000 /dev/zero > {output}"
rule last:
    input: "large"
    output: "last"
    default_target: True
    shell: "wc -c {input} > {output}"
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [None, "1000000"])
def test_a_new_time_of_a_large_file_reruns_nothing(tmp_path: Path, limit: str | None) -> None:
    (tmp_path / "Snakefile").write_text(TOY)
    profile = ("--workflow-profile", REPOSITORY / "profiles" / "default")
    arguments = () if limit is None else ("--max-checksum-file-size", limit)
    assert snakemake(tmp_path, *profile, *arguments).returncode == 0
    (tmp_path / "large").touch()
    run = snakemake(tmp_path, *profile, *arguments, "--dry-run")
    assert run.returncode == 0
    output = run.stdout + run.stderr
    # With Snakemake's own limit of 1 MB it would: the setting of the profile is what helps.
    assert ("Nothing to be done" in output) == (limit is None)


# Slurm

SBATCH = """#!{python}
import json, sys
with open({record!r}, "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
print(len(open({record!r}).readlines()))
"""
SQUEUE = """#!{python}
for number, _ in enumerate(open({record!r}), 1):
    print(f"{{number}}|FAILED")
"""
SINFO = """#!{python}
print("PARTITION", "cpu*", "gpu")
"""
SCONTROL = """#!{python}
print("MinJobAge               = 300 sec")
"""
QUIET = """#!{python}
"""


@pytest.fixture
def fake_slurm(tmp_path: Path) -> tuple[str, Path]:
    """A PATH with Slurm's commands, and the file in which sbatch writes its arguments."""
    folder, record = tmp_path / "bin", tmp_path / "record"
    folder.mkdir()
    record.touch()
    programs = {"sbatch": SBATCH, "squeue": SQUEUE, "sinfo": SINFO, "scontrol": SCONTROL}
    for name in ("scancel", "sacct", "sacctmgr", "sshare", *programs):
        text = programs.get(name, QUIET).format(python=sys.executable, record=str(record))
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin", record


def slurm_jobs(record: Path) -> dict[str, dict[str, str]]:
    """Options of sbatch by rule; `wrap` is the command."""
    jobs = {}
    for line in record.read_text().splitlines():
        words = iter(json.loads(line))
        options = {}
        for word in words:
            name, equals, value = word.partition("=")
            flag = name in ("--parsable", "--requeue")
            options[name.lstrip("-")] = value if equals else ("" if flag else next(words))
        jobs[re.match("rule_([a-z]+)", options["comment"])[1]] = options
    return jobs


@pytest.mark.slow
def test_slurm_is_asked_for_what_the_cards_say(checkout: Path, fake_slurm) -> None:
    needs("slurm")
    path, record = fake_slurm
    fast = ("--slurm-init-seconds-before-status-checks", "1")
    submit(checkout, "slurm", checkout, *fast, PATH=path)
    jobs = slurm_jobs(record)
    for rule, model in (("train", "caloflow"), ("sample", "caloinn")):
        resources, job = card(model)["resources"], jobs[rule]
        assert resources["gpu"] == 1
        assert job["gpus"] == "1"
        assert job["mem"] == str(resources["mem_mb"])
        assert job["t"] == str(resources["runtime"])
        assert job["cpus-per-task"] == str(card(model)["threads"])
        assert job["p"] == "cpu" and "requeue" in job
        assert f"--target-jobs '{rule}:" in job["wrap"]
    assert "gpus" not in jobs["compare"] and jobs["compare"]["mem"] == "2000"
    assert "A" not in jobs["train"]


@pytest.mark.slow
def test_slurm_partitions_by_what_a_job_needs(checkout: Path, fake_slurm) -> None:
    """profiles/slurm/partitions.yaml, and an account, as its comments offer them."""
    needs("slurm")
    path, record = fake_slurm
    submit(
        checkout,
        "slurm",
        checkout,
        *("--slurm-init-seconds-before-status-checks", "1"),
        *("--slurm-partition-config", "profiles/slurm/partitions.yaml"),
        *("--set-resources", "train:gpu_model=a100", "train:slurm_account=mine"),
        *("train:slurm_extra='--nice=100'", "train:mem_mb=16000 * attempt"),
        # A partition may be called like a resource.
        "compare:slurm_partition=gpu",
        PATH=path,
    )
    jobs = slurm_jobs(record)
    assert jobs["train"]["p"] == jobs["sample"]["p"] == "gpu"
    assert jobs["compare"]["p"] == "gpu"
    assert jobs["train"]["gpus"] == "a100:1" and jobs["sample"]["gpus"] == "1"
    assert jobs["train"]["nice"] == "100" and jobs["train"]["mem"] == "16000"
    assert jobs["train"]["A"] == "mine" and "A" not in jobs["sample"]


# HTCondor


def test_htcondor_is_asked_for_what_the_cards_say(checkout: Path, tmp_path: Path) -> None:
    needs("htcondor")
    record = tmp_path / "record"
    fakes = os.pathsep.join(
        filter(None, [str(REPOSITORY / "tests" / "fakes"), os.environ.get("PYTHONPATH")])
    )
    submit(checkout, "htcondor", checkout, PYTHONPATH=fakes, ULTIMETRIC_RECORD=record)
    jobs = {}
    for line in record.read_text().splitlines():
        job = json.loads(line)
        jobs[job["batch_name"].partition("-")[0]] = job
    for rule, model in (("train", "caloflow"), ("sample", "caloinn")):
        resources, job = card(model)["resources"], jobs[rule]
        assert resources["gpu"] == job["request_gpus"] == 1
        assert job["request_memory"] == f"{resources['mem_mb']}MB"
        assert job["+MaxRuntime"] == 60 * resources["runtime"]
        assert job["request_cpus"] == str(card(model)["threads"])
        # HTCondor starts the executable with these words, no shell between.
        assert job["executable"] == sys.executable
        words = job["arguments"].split()
        assert words[:2] == ["-m", "snakemake"]
        assert words[words.index("--target-jobs") + 1].startswith(f"{rule}:")
        assert "should_transfer_files" not in job
    assert jobs["compare"]["request_gpus"] == 0
    assert jobs["compare"]["request_memory"] == "2000MB"


def test_htcondor_hands_on_where_geant4s_tables_are(
    checkout: Path, tmp_path: Path, geant4_data: Path
) -> None:
    """HTCondor's jobs see no variables of the shell, but the one that tells both."""
    needs("htcondor")
    simulate = {"detector": "calogan", "particle": "e+", "showers": 1000}
    config = {"datasets": {"eplus": {"source": {"simulate": simulate}}}}
    (tmp_path / "simulated.yaml").write_text(yaml.safe_dump(config))
    record = tmp_path / "record"
    fakes = os.pathsep.join(
        filter(None, [str(REPOSITORY / "tests" / "fakes"), os.environ.get("PYTHONPATH")])
    )
    run = snakemake(
        checkout,
        *("--workflow-profile", "profiles/htcondor"),
        *("--configfile", "tests/studies/tiny.yaml", tmp_path / "simulated.yaml"),
        *("--retries", "0", "--latency-wait", "0", "--seconds-between-status-checks", "1"),
        *("--", "results/tiny/simulated/eplus.hdf5"),
        PYTHONPATH=fakes,
        ULTIMETRIC_RECORD=record,
        GEANT4_DATA_DIR=geant4_data,
    )
    assert record.exists(), run.stderr[-5000:]
    jobs = [json.loads(line) for line in record.read_text().splitlines()]
    assert len(jobs) == 2 and all(job["batch_name"].startswith("simulate") for job in jobs)
    for job in jobs:
        # No space, semicolon or quote within: else HTCondor reads something else.
        (value,) = re.fullmatch(r'ULTIMETRIC_SIMULATION="([\w=-]+)"', job["environment"]).groups()
        known = json.loads(urlsafe_b64decode(value))
        assert known["variables"] == {"GEANT4_DATA_DIR": str(geant4_data)}
        assert known["found"]["eplus"]["tables"].startswith("G4EMLOW8.8, G4PARTICLEXS4.2: ")


# Kubernetes


class Server(BaseHTTPRequestHandler):
    """Says yes to everything, and that every job has failed."""

    protocol_version = "HTTP/1.1"
    jobs: list[dict[str, Any]]

    def _answer(self, reply: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        body = json.dumps(reply(sent)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(lambda sent: {"metadata": {}, "items": [], "status": {"failed": 1}})

    def do_DELETE(self) -> None:
        self._answer(lambda sent: {"kind": "Status", "status": "Success"})

    def do_POST(self) -> None:
        def reply(sent: dict[str, Any]) -> dict[str, Any]:
            if self.path.endswith("/jobs"):
                self.jobs.append({"path": self.path} | sent)
            return sent

        self._answer(reply)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def fake_kubernetes(tmp_path: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """kubectl's configuration, and the jobs that the server was given."""
    jobs: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Recording", (Server,), {"jobs": jobs}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    configuration = {
        "clusters": [
            {"name": "fake", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        ],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        "users": [{"name": "fake", "user": {}}],
        "current-context": "fake",
    }
    (tmp_path / "kube.yaml").write_text(yaml.safe_dump(configuration))
    yield tmp_path / "kube.yaml", jobs
    server.shutdown()
    thread.join()
    server.server_close()


def test_kubernetes_is_asked_for_what_the_cards_say(
    checkout: Path, tmp_path: Path, fake_kubernetes
) -> None:
    needs("kubernetes")
    if not shutil.which("rsync"):
        pytest.skip("no rsync here, which snakemake-storage-plugin-fs copies with")
    configuration, submitted = fake_kubernetes
    volume = tmp_path / "volume"
    output = submit(
        checkout,
        "kubernetes",
        volume,
        *("--default-storage-prefix", volume),
        KUBECONFIG=configuration,
    )
    jobs = {}
    for job in submitted:
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        command = shlex.split(container["args"][1])
        rule = command[command.index("--target-jobs") + 1].partition(":")[0]
        jobs[rule] = pod, container
        assert job["path"] == "/apis/batch/v1/namespaces/default/jobs"
    for rule, model in (("train", "caloflow"), ("sample", "caloinn")):
        resources, (pod, container) = card(model)["resources"], jobs[rule]
        asked, limits = container["resources"]["requests"], container["resources"]["limits"]
        # Kubernetes refuses a GPU that is requested but not limited to the same number.
        assert asked["nvidia.com/gpu"] == limits["nvidia.com/gpu"] == str(resources["gpu"]) == "1"
        assert asked["memory"] == limits["memory"] == f"{resources['mem_mb']}M"
        assert limits["cpu"] == f"{1000 * card(model)['threads']}m"
        assert container["image"] == "ultimetric:latest"
        assert {"name": "ultimetric", "mountPath": "/mnt/ultimetric"} in container["volumeMounts"]
        claims = [x["persistentVolumeClaim"] for x in pod["volumes"] if x["name"] == "ultimetric"]
        assert claims == [{"claimName": "ultimetric"}]
        # The pod unpacks the package and the study first.
        assert f"--deploy-sources {volume}/snakemake-workflow-sources." in container["args"][1]
    assert "Ignoring source file" not in output
    compare = jobs["compare"][1]["resources"]["limits"]
    assert compare["nvidia.com/gpu"] == "0" and compare["memory"] == "2000M"
