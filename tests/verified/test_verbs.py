"""`wenshu verified`, `wenshu eval --verified`, `wenshu review`, and what a changed catalog no longer carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from assistant.channels.cli import app
from assistant.store import Opinion, open_store, store_url
from semantic_layer.errors import UsageError
from tests.verified.conftest import SANTAS, TODAY, Opened

RUNNER = CliRunner()


@pytest.fixture
def folder(opened: Opened, tmp_path: Path) -> str:
    opened(SANTAS)
    settings = tmp_path / "small" / "wenshu.yaml"
    settings.write_text(f"name: small\ndatabase: small.duckdb\nstore: sqlite:///store.sqlite\ntoday: {TODAY}\n", encoding="utf-8")
    return str(tmp_path / "small")


def run(*arguments: str) -> Any:
    return RUNNER.invoke(app, list(arguments), catch_exceptions=True)


def test_a_question_is_added_listed_checked_and_removed(folder: str) -> None:
    added = run("verified", "add", "sales in Lyon", "--shop", folder, "--id", "lyon")
    assert added.exit_code == 0, added.output
    listed = run("verified", "list", "--shop", folder, "--format", "json")
    entries = {e["id"]: e for e in map(json.loads, listed.stdout.splitlines())}
    assert entries["lyon"]["query"]["where"] == [{"field": "orders.city", "value": "Lyon"}]
    assert "words" not in json.dumps(entries["lyon"]["query"])
    assert run("verified", "check", "--shop", folder).exit_code == 0
    assert run("verified", "remove", "lyon", "--shop", folder).exit_code == 0
    assert "lyon" not in run("verified", "list", "--shop", folder).stdout


def test_what_is_not_read_needs_its_query(folder: str) -> None:
    refused = run("verified", "add", "how many elves do we have?", "--shop", folder)
    assert isinstance(refused.exception, UsageError)
    query = json.dumps({"metrics": ["customers"], "where": [{"segment": "gifts", "negated": True}]})
    assert run("verified", "add", "how many elves do we have?", "--query", query, "--shop", folder).exit_code == 0
    wrong = run("verified", "add", "how many gnomes do we have?", "--query", '{"metrics": ["gnomes"]}', "--shop", folder)
    assert isinstance(wrong.exception, UsageError)


def test_a_changed_catalog_names_what_it_no_longer_carries(folder: str) -> None:
    assert run("eval", "--verified", "--shop", folder).exit_code == 0
    path = Path(folder) / "catalog" / "catalog.yaml"
    catalog = yaml.safe_load(path.read_text(encoding="utf-8"))
    del catalog["segments"]
    path.write_text(yaml.safe_dump(catalog, allow_unicode=True), encoding="utf-8")
    tried = run("eval", "--verified", "--shop", folder)
    assert tried.exit_code == 1 and "!!  santas" in tried.stdout
    checked = json.loads(run("catalog", "check", folder, "--format", "json").stdout)
    assert [(p["rule"], p["field"], p["severity"], p["file"]) for p in checked["problems"] if p["rule"] == "verified"] == [
        ("verified", "santas", "warning", "verified.yaml")
    ]


def test_only_analysts_verify_where_the_shop_names_them(folder: str) -> None:
    settings = Path(folder) / "wenshu.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "analysts: [ann]\n", encoding="utf-8")
    assert isinstance(run("verified", "add", "sales in Lyon", "--shop", folder, "--user", "bob").exception, UsageError)
    assert isinstance(run("review", "list", "--shop", folder).exception, UsageError)
    assert run("verified", "add", "sales in Lyon", "--shop", folder, "--user", "ann").exit_code == 0


def complain(folder: str, answer: str, question: str, lang: str = "en") -> None:
    from semantic_layer.shops import open_shop

    shop = open_shop(folder)
    store = open_store(store_url(shop))
    opinion = Opinion(-1, "this is not it", question, query={"metrics": [{"metric": "sales"}]}, lang=lang)
    store.feedback.give(shop.name, "bob", answer, opinion)
    store.close()
    shop.close()


def test_a_thumbs_down_stands_in_the_list_with_its_readings_until_it_is_closed(folder: str) -> None:
    complain(folder, "a1", "number of santa claus last month")
    listed = json.loads(run("review", "list", "--shop", folder, "--format", "json").stdout)
    assert (listed["id"], listed["comment"], listed["nearest"]) == ("a1", "this is not it", "santas")
    assert listed["then"] == {"metrics": [{"metric": "sales"}]} and listed["now"] is None
    assert run("review", "close", "a1", "--reason", "a joke", "--shop", folder).exit_code == 0
    assert run("review", "list", "--shop", folder).stdout.strip() == ""


def test_a_correction_becomes_a_verified_question(folder: str) -> None:
    complain(folder, "a2", "里昂的生意如何变化")
    query = json.dumps({"metrics": ["sales"], "where": [{"field": "orders.city", "value": "Lyon"}]})
    done = run("review", "verify", "a2", "--query", query, "--shop", folder)
    assert done.exit_code == 0, done.output
    assert "里昂的生意如何变化" in (Path(folder) / "verified.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "question", "key"),
    [
        (("synonym", "a3", "sales", "成交金额"), "成交金额", "metrics"),
        (("synonym", "a3", "orders.city", "town"), "sales by town", "datasets"),
        (("alias", "a3", "orders.city", "Lyon", "里昂"), "里昂的销售额", "datasets"),
    ],
)
def test_a_correction_becomes_a_name_once_it_is_applied(folder: str, arguments: tuple[str, ...], question: str, key: str) -> None:
    complain(folder, "a3", question)
    path = Path(folder) / "catalog" / "catalog.yaml"
    path.write_text("# ours\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    shown = run("review", *arguments, "--shop", folder)
    assert shown.exit_code == 0 and f"+++ b/catalog/{path.name}" in shown.stdout and path.read_text(encoding="utf-8") == before
    assert run("review", *arguments, "--apply", "--shop", folder).exit_code == 0
    after = path.read_text(encoding="utf-8")
    assert after.startswith("# ours\n") and after != before
    assert [k for k, v in yaml.safe_load(after).items() if v != yaml.safe_load(before)[k]] == [key]
    answered = run("ask", question, "--shop", folder)
    assert answered.exit_code == 0 and "»" in answered.stdout
    assert run("review", "list", "--shop", folder).stdout.strip() == ""


def test_the_catalog_of_a_packaged_shop_is_shown_its_change_and_not_written() -> None:
    from assistant.review import synonym
    from semantic_layer.errors import ShopError
    from semantic_layer.shops import open_shop

    shop = open_shop("completejourney")
    change = synonym(shop, "sales", "卖出来的银子")
    assert not change.writable and change.diff.count("\n+") == 2  # the head, and one line
    with pytest.raises(ShopError):
        change.apply()
    shop.close()


def test_doctor_names_a_broken_file(folder: str) -> None:
    (Path(folder) / "verified.yaml").write_text("verified:\n  - id: x\n", encoding="utf-8")
    checks = json.loads(run("doctor", "--shop", folder, "--format", "json").stdout)["checks"]
    assert [c["status"] for c in checks if c["name"] == "verified"] == ["wrong"]
