"""Two web and two worker processes on one PostgreSQL, started as the compose file starts them."""

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser
from prometheus_client.parser import text_string_to_metric_families

from kits import story, topology, work
from kits.load import Follower, Load
from kits.topology import Topology

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    with topology.running(tmp_path_factory.mktemp("topology"), test_jobs=True) as found:
        yield found


def at(house: Topology, service: str) -> str:
    return f"http://127.0.0.1:{house.web[service]}"


def test_what_one_web_process_writes_the_other_tells(house: Topology) -> None:
    load = Load(at(house, "web1"), house.api_key, writers=1)
    reader = Follower(at(house, "web2"), house.api_key, load.project)
    with reader.following():
        with load:
            load.await_writes(10)
        reader.await_revision(max(load.acknowledged.values()), patience=2)
    load.check()
    assert reader.revisions == sorted(load.acknowledged.values())
    listed = httpx.get(
        f"{at(house, 'web2')}/api/projects", headers={"Authorization": f"Bearer {house.api_key}"}
    )
    assert load.project in listed.text


def test_each_job_runs_once(house: Topology) -> None:
    owner = house.environment("migrate")["DATABASE_URL"]
    traces = work.Traces(owner, "buildrunner_web")
    try:
        jobs = range(200)
        web = house.environment("web1")["DATABASE_WEB_URL"]
        traces.defer(web, *({"job": job, "seconds": 0.02} for job in jobs))
        effects = traces.await_effects(len(jobs))
    finally:
        traces.close()
    runs = Counter(trace.name.partition(".")[0] for trace in house.traces.iterdir())
    assert set(runs.values()) == {1}
    assert len(runs) == len(jobs)
    by_worker = Counter(effects.values())
    assert set(by_worker) == {house.processes[name].pid for name in house.metrics}
    print(f"{len(jobs)} jobs: {dict(by_worker)}")


def test_web_processes_are_restarted_one_by_one_and_nobody_notices(house: Topology) -> None:
    load = Load(house.url, house.api_key, pause=0.2)
    readers = [Follower(at(house, name), house.api_key, load.project) for name in house.web]
    behind = Follower(house.url, house.api_key, load.project)
    with readers[0].following(), readers[1].following(), behind.following(), load:
        for name in house.web:
            load.await_writes(20)
            stopping = house.processes[name]
            stopping.send_signal(signal.SIGTERM)
            began = time.monotonic()
            seen = set()
            while stopping.poll() is None and time.monotonic() - began < 1.5:
                # The one that stops says so, and goes on serving until balancers have noticed.
                answer = house.ask(name, "/readyz")
                seen.add((answer.status_code, answer.json()["checks"]["serving"]["ok"]))
                load.await_writes(1)
            assert seen == {(503, False)}
            assert house.stop_service(name) == 0
            assert time.monotonic() - began < 12
            house.start(name)
            house.await_ready()
        load.await_writes(20)
        load.stop()
        last = max(load.acknowledged.values())
        for reader in (*readers, behind):
            reader.await_revision(last)
    load.check()
    assert set(load.answers) == {200}
    for reader in (*readers, behind):
        assert len(reader.revisions) == len(set(reader.revisions))
        assert set(load.acknowledged.values()) <= set(reader.revisions)
    # Whoever followed a process that stopped was told when to come back.
    for reader in readers:
        assert len(set(reader.retry)) > 1
    print(f"{len(load.acknowledged)} writes, {load.lost_connections} connections lost")


def test_a_request_that_runs_is_finished(house: Topology) -> None:
    """SIGTERM while a large plan is written: the answer comes, then the process ends."""
    headers = {"Authorization": f"Bearer {house.api_key}"}
    url = at(house, "web2")
    project = httpx.post(f"{url}/api/projects", json={"title": "Drain"}, headers=headers).json()
    answers: list[int] = []

    def write() -> None:
        from kits.load import plan

        body = plan("Drain")
        sent = httpx.put(
            f"{url}/api/projects/{project['id']}/plan", json=body, headers=headers, timeout=30
        )
        answers.append(sent.status_code)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while "buildrunner_http_requests_in_flight 0" in house.ask("web2", "/metrics").text:
        assert time.monotonic() < deadline
    assert house.stop_service("web2") == 0
    for thread in threads:
        thread.join()
    # One of them was the first; the others are told so. Nobody's connection was cut.
    assert Counter(answers)[201] == 1
    assert set(answers) <= {201, 412, 428}
    assert len(answers) == len(threads)
    house.start("web2")
    house.await_ready()


def test_what_the_operator_sees(house: Topology) -> None:
    me = house.ask("web1", "/api/me", Authorization=f"Bearer {house.api_key}").json()
    named = {"Authorization": f"Bearer {house.api_key}", "X-Request-ID": "asked-by-the-test"}
    project = house.project_id
    assert house.ask("web1", f"/api/projects/{project}", **named).status_code == 200
    assert house.ask("web1", "/sign-in/link/in_" + "x1" * 21 + "y").status_code < 500

    # The log: one JSON object a line, the request under its template, nobody's secret.
    deadline = time.monotonic() + 20
    while "/sign-in/link/" not in (text := house.log("web1")):  # written when the answer is out
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "logger", "event"} <= line.keys() for line in lines)
    (asked,) = (line for line in lines if line.get("request_id") == "asked-by-the-test")
    assert asked["event"] == f"GET /api/projects/{project}"
    assert asked["route"] == "/api/projects/{project_id}"
    assert asked["status"] == 200
    assert 0 < asked["duration"] < 30
    assert asked["actor"]
    assert asked["org_id"] in {one["id"] for one in me["organizations"]}
    for name in (*house.web, *house.metrics):
        for secret in (house.api_key, "x1x1x1", "owner0word", "web0word", "reader0word"):
            assert secret not in house.log(name)
    assert "/sign-in/link/in_***" in text

    # The metrics of a web process and of a worker.
    web = samples(house.ask("web1", "/metrics").text)
    route = ("buildrunner_http_requests_total", "/api/projects/{project_id}")
    assert web[route] >= 1
    assert web["buildrunner_realtime_connected", ""] == 1
    worker = samples(house.ask("worker1", "/metrics").text)
    assert worker["buildrunner_database_up", ""] == 1
    assert ("buildrunner_jobs_oldest_seconds", "") in worker
    assert house.ask("worker1", "/healthz").status_code == 200

    # What a stranger is told through a proxy that nobody declared: whether, not why.
    through = {"X-Forwarded-For": "203.0.113.9"}
    assert house.ask("web1", "/readyz", **through).json() == {"status": "ok"}
    assert house.ask("web1", "/metrics", **through).status_code == 404


def samples(text: str) -> dict[tuple[str, str], float]:
    """(name, route) → value, added up over the other labels."""
    found: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            found[one.name, one.labels.get("route", "")] += one.value
    return dict(found)


@pytest.mark.browser
def test_the_story_is_told_over_both(
    house: Topology, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = len(house.front.served)
    context = browser.new_context()
    page = context.new_page()
    page.goto(house.sign_in_url)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects**")
    story.tell(tmp_path_factory.mktemp("story"), house, page, "buildrunner-phase4.json")
    context.close()
    assert set(house.front.served[before:]) == set(house.web.values())
