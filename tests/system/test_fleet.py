"""Debian's Prometheus asks the page of a recorded machine, with the files that docs/page.md tells to copy."""

import copy
import datetime
import json
import os
import re
import socket
import subprocess
import urllib.request

import pytest

import kumiki_machine as km
from fake_hub import FakeHub
from test_page import opened

PLACE = km.TOP / "build/prometheus"
FILES = km.TOP / "docs/reference"
AFTER = 2  # seconds after the scrape interval, in which an alert fires


@pytest.fixture(name="programs", scope="module")
def debians():
    """Where Debian's programs are."""
    subprocess.run(["make", "--no-print-directory", "build/prometheus/package"], cwd=km.TOP, check=True, timeout=km.HANGS)
    return PLACE / "usr/bin"


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


class Prometheus:
    """A running one, in a folder of its own, with the files of docs/reference."""

    def __init__(self, programs, folder, port):
        config = (FILES / "prometheus.yml").read_text()
        assert "127.0.0.1:8080" in config
        (folder / "prometheus.yml").write_text(config.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
        (folder / "prometheus-alerts.yml").write_bytes((FILES / "prometheus-alerts.yml").read_bytes())
        self.interval = int(re.search(r"scrape_interval: (\d+)s", config)[1])
        self.port = free_port()
        self.process = subprocess.Popen(
            [*km.MORTAL, programs / "prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert any("Server is ready" in line for line in self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, what):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{what}", timeout=km.HANGS) as answer:
            return json.load(answer)["data"]

    def until(self, what, holds):
        """The first answer for which that holds."""
        while not holds(answer := self.ask(what)):
            assert self.process.poll() is None
        return answer


def firing(answer, name):
    return [alert for alert in answer["alerts"] if alert["labels"]["alertname"] == name and alert["state"] == "firing"]


# Shows: operator.metrics.
@pytest.mark.long
def test_an_alert_fires_in_time(programs, tmp_path):
    """A system of the machine crashes and stays stopped."""
    with FakeHub(tmp_path / "link") as hub, opened(tmp_path / "link") as (keeper, _):
        with open(os.open(tmp_path / "kumiki.key", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(keeper.key)
        with Prometheus(programs, tmp_path, keeper.port) as prometheus:
            prometheus.until("query?query=kumiki_wrong", lambda answer: [one["value"][1] for one in answer["result"]] == ["0"])
            assert not prometheus.ask("alerts")["alerts"]
            crashed = copy.deepcopy(hub.documents["list --json"])
            crashed["partitions"][0] |= {"state": "stopped", "last_end": "crash"}
            hub.documents["list --json"] = crashed
            begin = datetime.datetime.now(datetime.timezone.utc)
            alert, = firing(prometheus.until("alerts", lambda answer: firing(answer, "KumikiWrong")), "KumikiWrong")
            since = datetime.datetime.fromisoformat(alert["activeAt"][:19] + "+00:00")
            assert since - begin <= datetime.timedelta(seconds=prometheus.interval + AFTER)
            assert alert["annotations"]["summary"] == "bench: its page shows 1 failures under Wrong now"


@pytest.mark.long
def test_its_files_are_right(programs, tmp_path):
    """By Prometheus's own checker."""
    for name in ("prometheus.yml", "prometheus-alerts.yml"):
        (tmp_path / name).write_bytes((FILES / name).read_bytes())
    (tmp_path / "kumiki.key").touch()
    done = subprocess.run([programs / "promtool", "check", "config", "prometheus.yml"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=km.HANGS)
    assert done.returncode == 0 and re.search(r"SUCCESS: \d+ rules found", done.stdout), done.stdout + done.stderr
