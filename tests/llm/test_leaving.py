"""What leaves the machine, what it costs, and what a model may word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.service import Service
from assistant.store import open_store
from assistant.verified import Entry, VerifiedReader
from eval.llm.scripted import Reply, served
from semantic_layer.query import SemanticQuery
from tests.llm.conftest import INJECTION, TODAY, MakeAssistant
from tests.llm.test_proposals import BY_CITY, SURE, TOTAL, UNSURE, query

GOOD = query(BY_CITY)


def test_no_value_of_a_personal_field_and_no_row_is_sent(assistant: MakeAssistant) -> None:
    with served(GOOD) as server:
        both = assistant(server)
        for question in (UNSURE, "glorpy orders of Mary Poppins", "glorpy customers by full name", "list glorpy customers with e-mail"):
            both.ask(question)
        sent = [json.dumps(r, ensure_ascii=False).replace(q, "") for r in server.requests for q in ("Mary Poppins",)]
    assert len(sent) == 4
    for text in sent:
        assert "Zhang Wei" not in text and "shop.example" not in text and "customers.name" not in text and "100.0" not in text


def test_what_looks_personal_in_a_question_is_masked_and_put_back(assistant: MakeAssistant) -> None:
    def echo(body: dict[str, object], _: int) -> Reply:
        said = body["messages"][-1]["content"]  # type: ignore[index]
        assert "<P1>" in said and "<P2>" in said
        where = [{"field": "customers.email", "value": "<P1>"}]
        return query({"records": {"dataset": "customers", "fields": ["customers.customer_id"]}, "where": where})

    with served(echo) as server:
        answer = assistant(server, proposals="run").ask("glorpy customer with e-mail mary@shop.example or phone 13812345678")
        sent = str(server.requests)
    assert "mary@" not in sent and "13812345678" not in sent
    assert answer.rows == [[2]], answer.text


def test_the_question_before_is_told(assistant: MakeAssistant) -> None:
    with served(GOOD) as server:
        both = assistant(server)
        both.ask(SURE, conversation="c")
        both.ask("glorpy by city instead", conversation="c")
        assert '"2025-06-01"' in server.requests[0]["messages"][0]["content"]


def test_values_of_the_catalog_are_told_as_data(assistant: MakeAssistant) -> None:
    with served(GOOD) as server:
        assistant(server).ask(f"glorpy sales of {INJECTION}")
        assert json.dumps(f"products.name = {INJECTION}") in server.requests[0]["messages"][0]["content"]


def test_the_key_and_no_tracing(assistant: MakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Reply({})) as tracing, served(GOOD) as server:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", tracing.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "secret")
        assistant(server, api_key="my-key").ask(UNSURE)
        assert server.headers[0]["authorization"] == "Bearer my-key"
        assert not tracing.requests


def test_all_that_is_sent_can_be_logged(assistant: MakeAssistant) -> None:
    with served(GOOD) as server:
        both = assistant(server, log_sent=True)
        both.ask(UNSURE)
        lines = (both.shop.state / "model-sent.jsonl").read_text(encoding="utf-8").splitlines()
    line = json.loads(lines[-1])
    assert line["model"] == "openai:scripted" and line["messages"][-1] == ["user", UNSURE]
    assert [m["content"] for m in server.requests[0]["messages"]] == [text for _, text in line["messages"]]


def test_usage_and_its_limit(assistant: MakeAssistant, tmp_path: Path) -> None:
    with served(GOOD) as server:
        both = assistant(server, cache_seconds=0, tokens_per_day=10, input_price=2.0, output_price=8.0)
        service = Service(both, open_store(f"sqlite:///{tmp_path}/store.sqlite"))
        both.ask(UNSURE, user="ann")
        refused, other = both.ask(UNSURE, user="ann"), both.ask(UNSURE, user="ben")
        assert len(server.requests) == 2
    from assistant.llm.usage import _today

    used = service.store.usage.of("small", "ann", _today())
    assert used.calls == 1 and used.input > 500 and used.output > 10
    assert used.cost == pytest.approx((used.input * 2 + used.output * 8) / 1e6)
    assert any("allowance" in c for c in refused.caveats) and not any("allowance" in c for c in other.caveats)
    assert sorted((u, m) for u, m, _ in service.store.usage.since("small", _today())) == [("ann", "openai:scripted"), ("ben", "openai:scripted")]


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("In June 2025 the shop sold ¥140.00 worth of goods.", True),
        ("June brought in 140.", True),
        ("June brought in ¥140.00, 12% more than May.", False),
        ("June brought in ¥141.00.", False),
        ("June brought in about 1.4K.", False),
        ("", False),
    ],
)
def test_a_wording_with_a_figure_of_its_own_is_left_out(assistant: MakeAssistant, said: str, taken: bool) -> None:
    with served(Reply(said)) as server:
        answer = assistant(server, wording=True, rows=True).ask(SURE)
    assert answer.worded == (said if taken else "") and answer.rows == [[140.0]] and "140" in answer.text


def test_wording_in_chinese(assistant: MakeAssistant) -> None:
    with served(Reply("6月一共卖了140元。")) as server:
        both = assistant(server, wording=True, rows=True)
        assert both.ask("2025年6月的销售额").worded == "6月一共卖了140元。"
    with served(Reply("6月一共卖了140元，环比下降6.7%。")) as server:
        assert assistant(server, wording=True, rows=True).ask("2025年6月的销售额").worded == ""


def test_without_leave_no_rows_are_sent_for_wording(assistant: MakeAssistant) -> None:
    with served(query(TOTAL)) as server:
        answer = assistant(server).ask(SURE)
        assert not server.requests and answer.worded == ""


def test_confirmed_questions_are_told_as_examples(assistant: MakeAssistant) -> None:
    with served(GOOD) as server:
        both = assistant(server)
        confirmed = next(r for r in both.around if isinstance(r, VerifiedReader))
        entry = Entry(id="v", questions=("takings of each town in June",), query=SemanticQuery.model_validate(BY_CITY), by="ann", on=TODAY)
        both.verified.add(entry)
        try:
            both.ask(UNSURE)
        finally:
            both.verified.remove("v")
        assert confirmed.book is both.verified
        assert "takings of each town in June" in server.requests[0]["messages"][0]["content"]
