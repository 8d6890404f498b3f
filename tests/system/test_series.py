"""Accounts of a running machine as series, and for Prometheus: `/api/series` and `/metrics` of the keeper."""

import re

import pytest

import kumiki_machine as km
import sessions
from test_page import API, known, opened, system, until

pytestmark = pytest.mark.talk

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:{{({LABEL}(?:,{LABEL})*)}})? (-?\d+(?:\.\d+)?)")
ALERTS = re.findall(r"^ +expr: (.+)$", (km.TOP / "docs/reference/prometheus-alerts.yml").read_text(encoding="utf-8"), re.M)


def metrics(text):
    """Prometheus's text format, version 0.0.4, in the strict form: HELP and TYPE before the samples of a name, each name and
    each sample once, sums called _total. As {(name, labels): value}."""
    assert text.endswith("\n") and "\n\n" not in text
    name, kind, helped, samples = None, None, set(), {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, kind = re.fullmatch(rf"# HELP ({NAME}) (?:[^\\\n]|\\[\\n])+", line)[1], None
            assert name not in helped and name.startswith("kumiki_")
            helped.add(name)
        elif line.startswith("#"):
            kind = re.fullmatch(rf"# TYPE {name} (counter|gauge)", line)[1]
            assert (kind == "counter") == name.endswith("_total")
        else:
            sample = SAMPLE.fullmatch(line)
            assert kind and sample[1] == name and sample.group(1, 2) not in samples, line
            assert kind == "gauge" or float(sample[3]) >= 0
            samples[sample.group(1, 2)] = float(sample[3])
    return samples


def scraped(keeper):
    answer = keeper.request("GET", "/metrics")
    kinds = API["paths"]["/metrics"]["get"]["responses"]["200"]["content"]
    assert answer.status == 200 and [answer.headers["Content-Type"]] == list(kinds)
    return metrics(answer.read().decode())


# Shows: operator.series, operator.metrics.
def test_accounts_of_a_machine(tmp_path):
    link = tmp_path / "all"
    with km.kumiki("series", system("series"), links=[link]):
        sessions.reachable(link)
        with opened(link) as (keeper, _):
            events = keeper.events()
            until(events, "state", known)
            before = scraped(keeper)
            keeper.act("restart", "small")
            until(events, "life", lambda life: life["name"] == "small" and life["starts"] == 2)

            def series(what, of="system=small", step=1):
                return keeper.ask(f"/api/series?{of}&what={what}&step={step}")["values"]
            until(events, "state", lambda _: sum(value is not None for value in series("ran")) >= 5 and
                  sum(filter(None, series("starts", step=3600)[-2:])) == 1)
            assert all(0 <= share <= 1.01 for share in series("ran") if share is not None)
            assert any(series("ran", step=3600)[-2:])
            assert any(share is not None for share in series("services", "core=0"))
            assert "error" in keeper.ask("/api/series?system=small&what=idle", 400)
            assert "error" in keeper.ask("/api/series?system=other&what=ran", 404)
            after = scraped(keeper)
            starts = ("kumiki_system_starts_total", 'system="small"')
            assert (before[starts], after[starts]) == (1, 2)
            assert after["kumiki_system_state", 'system="broken",state="stopped"'] == 1
            assert after["kumiki_wrong", None] >= 1
            for (name, labels), value in before.items():
                if name.endswith("_total"):
                    assert after[name, labels] >= value, name
            assert keeper.request("GET", "/metrics", key="0" * 32).status == 401
            told = {name for name, _ in after}
            assert ALERTS and set(re.findall(r"\bkumiki_\w+", " ".join(ALERTS))) <= told


@pytest.mark.parametrize("text", [
    "", "kumiki_a 1\n", "# HELP kumiki_a A.\nkumiki_a 1\n", "# HELP kumiki_a A.\n# TYPE kumiki_a counter\nkumiki_a 1\n",
    "# HELP kumiki_a A.\n# TYPE kumiki_a gauge\nkumiki_a{b=\"\"\"} 1\n",
    "# HELP kumiki_a A.\n# TYPE kumiki_a gauge\nkumiki_a 1\nkumiki_a 1\n",
    "# HELP kumiki_a A.\n# TYPE kumiki_a gauge\nkumiki_b 1\n", "# HELP kumiki_a A.\n# TYPE kumiki_a gauge\nkumiki_a 1",
])
def test_check_of_the_format_is_strict(text):
    with pytest.raises((AssertionError, TypeError)):
        metrics(text)
