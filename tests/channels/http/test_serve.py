"""`wenshu serve` and `wenshu token` as processes: from the first command to an answer, and to its end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.command import wenshu

WENSHU = [sys.executable, "-m", "assistant.channels.cli"]
ASK = {"question": "total sales in May 2017"}


@pytest.fixture
def environment(tmp_path: Path, shop: object) -> dict[str, str]:
    """With a store of the test's own; the shop is built."""
    return {**os.environ, "WENSHU_STORE": f"sqlite:///{tmp_path / 'store.sqlite'}", "PYTHONUTF8": "1"}


@contextmanager
def server(environment: dict[str, str], *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running `wenshu serve`: its address, and the process."""
    command = [*WENSHU, "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert found, process.communicate()
        yield found[0], process
    finally:
        process.kill()
        process.wait()


def post(address: str, body: object, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON of a question."""
    request = urllib.request.Request(f"{address}/v1/ask", json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return wenshu(*arguments, WENSHU_STORE=environment["WENSHU_STORE"])


def test_the_second_command_has_an_answer_and_the_log_no_question(environment: dict[str, str]) -> None:
    with server(environment) as (address, process):
        status, answer = post(address, ASK, {"X-Request-ID": "r-1"})
        assert status == 200 and answer["status"] == "answered"
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=60)
        assert process.returncode == 130
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (line,) = (each for each in lines if each.get("route") == "/v1/ask")
    assert (line["request_id"], line["status"], line["answer"], line["answer_status"]) == ("r-1", 200, answer["id"], "answered")
    assert "May 2017" not in log and "question" not in line


def test_tokens_are_made_listed_and_revoked_while_the_server_runs(environment: dict[str, str]) -> None:
    made = json.loads(run(environment, "token", "create", "--user", "ann", "--name", "周报", "--scope", "ask", "--format", "json").stdout)
    assert made["token"].startswith("wenshu_") and made["scopes"] == ["ask"]
    listed = run(environment, "token", "list").stdout
    assert "周报" in listed and made["id"] in listed and made["token"] not in listed
    with server(environment, "--host", "127.0.0.1") as (address, _):
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert post(address, ASK)[0] == 401 and post(address, ASK, bearer)[0] == 200
        assert run(environment, "token", "revoke", made["id"]).returncode == 0
        assert post(address, ASK, bearer)[0] == 401
    assert run(environment, "token", "revoke", "nothing").returncode == 2


@pytest.mark.parametrize("options", [("--host", "0.0.0.0"), ("--host", "not an address"), ("--port", "70000")])
def test_what_cannot_be_served_is_said_in_a_sentence(environment: dict[str, str], options: tuple[str, ...]) -> None:
    ended = run(environment, "serve", *options)
    assert ended.returncode == 2 and ended.stdout == "" and "Traceback" not in ended.stderr and ended.stderr.strip()
