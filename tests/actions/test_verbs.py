"""`wenshu actions` as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.store import open_store
from semantic_layer.shops import Shop
from tests.actions.conftest import AWAY
from tests.command import wenshu

Run = Callable[..., str]


@pytest.fixture
def run(teahouse: Callable[..., Shop], tmp_path: Path) -> Run:
    """Runs a verb over the tea house with a store of the test's own; gives what it printed, errors as well."""
    shop = teahouse()
    shop.close()

    def ran(*arguments: str, code: int = 0) -> str:
        where = ("--shop", str(shop.folder))
        done = wenshu("actions", *arguments, *where, WENSHU_STORE=f"sqlite:///{tmp_path / 'store.sqlite'}")
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return ran


DAY = ("--today", "2024-07-01")


def test_from_proposed_to_done(run: Run, tmp_path: Path) -> None:
    assert "32 guests have not come for 30 days" in run("list", *DAY)
    assert "14天到店率：20.0%" in run("show", "aw", *DAY, "--lang", "zh")
    assert "cost: ¥36 (= 12 × ¥3)" in run("change", "away", "--set", "card=3", "--set", "owner=Li", *DAY)
    assert "State: accepted" in run("accept", "away", *DAY, "--user", "ann")
    (action,) = json.loads(run("list", *DAY, "--format", "json"))["running"]
    assert [s["state"] for s in action["steps"]] == ["changed", "accepted"] and action["steps"][1]["user"] == "ann"
    assert "State: done" in run("done", "away", *DAY)
    assert "cannot become dismissed" in run("dismiss", "away", "--reason", "late", *DAY, code=2)


def test_lists_and_audiences_go_to_files_and_audiences_into_the_audit(run: Run, tmp_path: Path) -> None:
    people, table = tmp_path / "people.csv", tmp_path / "list.csv"
    run("audience", "away", "--out", str(people), *DAY, "--user", "ann")
    assert people.read_text(encoding="utf-8").splitlines()[:2] == ["guest,town", "G009,West"]
    run("export", "--format", "csv", "--out", str(table), *DAY)
    assert "32 guests have not come for 30 days" in table.read_text(encoding="utf-8")
    assert run("export", *DAY).startswith("# 2024-07-01: one thing to do.")
    assert "cannot be written" in run("export", "--out", str(tmp_path / "no" / "where.md"), *DAY, code=2)
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    (asked,) = store.audit.asked("small")
    assert (asked.user, asked.channel, asked.answer, asked.status, asked.rows) == ("ann", "cli", "away", "listed", 24)
    assert "SELECT" in asked.statements[0]
    store.close()


def test_a_mistake_has_file_line_and_exit_code(teahouse: Callable[..., Shop], tmp_path: Path) -> None:
    shop = teahouse({"away": AWAY.replace("cost: cost", "cost: costs")})
    shop.close()
    done = wenshu("actions", "check", "--shop", str(shop.folder), WENSHU_STORE=f"sqlite:///{tmp_path / 'store.sqlite'}")
    assert done.returncode == 1 and "playbooks/away.yaml:29" in done.stderr
