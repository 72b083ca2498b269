"""What a job asks Kubernetes for.

No Kubernetes is there: a fake server writes down what it is given and says that the job has
failed.
"""

from __future__ import annotations

import json
import shlex
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from submitting import (
    card,
    needs,
    submit,
)


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
    compare = jobs["observe"][1]["resources"]["limits"]
    assert compare["nvidia.com/gpu"] == "0" and compare["memory"] == "2000M"
