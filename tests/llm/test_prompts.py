"""What a model is told, word for word; and that it stays within its budget whatever the size of the catalog."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.llm.second import SecondReader
from assistant.verified import Entry
from eval.llm.scripted import Reply, Served, served
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from semantic_layer.shops.settings import ModelSettings
from tests.conftest import write_shop
from tests.llm.conftest import CATALOG, ROWS, TODAY, MakeAssistant
from tests.llm.test_proposals import BY_CITY, query

RENDERED = Path(__file__).parent / "rendered"
UNKNOWN = {"en": "glorpy sales by city in June 2025", "zh": "2025年6月各城市的咕噜销售额"}
SURE = {"en": "sales by city in June 2025", "zh": "2025年6月各城市销售额"}
WRONG = query({**BY_CITY, "metrics": ["turnover"]})

Render = Callable[[MakeAssistant, str], str]


def _first(assistant: MakeAssistant, lang: str) -> Iterator[Served]:
    """A question after another one, near to a verified one, whose first proposal is wrong."""
    with served(WRONG, query(BY_CITY)) as server:
        both = assistant(server)
        entry = Entry(id="v", questions=("takings of each town in June",), query=SemanticQuery.model_validate(BY_CITY), by="ann", on=TODAY)
        both.verified.add(entry)
        try:
            both.ask(SURE[lang], conversation="c")
            both.ask(UNKNOWN[lang], conversation="c")
        finally:
            both.verified.remove("v")
        yield server


def read(assistant: MakeAssistant, lang: str) -> str:
    (server,) = _first(assistant, lang)
    return _text(server.requests[0]["messages"])


def repair(assistant: MakeAssistant, lang: str) -> str:
    (server,) = _first(assistant, lang)
    return _text(server.requests[1]["messages"][2:])


def word(assistant: MakeAssistant, lang: str) -> str:
    with served(Reply("")) as server:
        assistant(server, wording=True, rows=True).ask(SURE[lang])
        return _text(server.requests[0]["messages"])


def _text(messages: list[dict[str, str]]) -> str:
    return "\n".join(f"[{m['role']}]\n{m['content'].rstrip()}\n" for m in messages)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("render", [read, repair, word])
def test_each_prompt_is_as_it_was_looked_at(assistant: MakeAssistant, render: Render, lang: str) -> None:
    """With WENSHU_RENDER=1 the files are written anew, to be looked at."""
    text, file = render(assistant, lang), RENDERED / f"{render.__name__}.{lang}.txt"
    if os.environ.get("WENSHU_RENDER"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


SUBJECTS = ["tea", "rice", "soap", "shoes", "lamps", "pens", "toys", "bread", "chairs", "phones"]
PLACES = ["north", "south", "east", "west", "harbour", "hill", "lake", "forest", "desert", "island"]
MEASURES = ["revenue", "cost", "margin", "refunds", "deliveries"]


def large() -> dict[str, Any]:
    """A catalog of 500 metrics and more, each described at length, over 60 fields."""
    catalog = deepcopy(CATALOG)
    for n in range(60):
        catalog["datasets"]["orders"]["fields"][f"trait{n}"] = {"label": {"en": f"trait number {n}", "zh": f"特征{n}"}, "expression": "city"}
    for subject in SUBJECTS:
        for place in PLACES:
            for measure in MEASURES:
                label = f"{measure} of {subject} in the {place}"
                about = f"The {measure} that all orders of {subject} from the {place} brought, by the books of each day, without what was called off."
                catalog["metrics"][f"{subject}_{place}_{measure}"] = {
                    "label": {"en": label}, "description": {"en": about}, "expression": "SUM(orders.amount)",
                }  # fmt: skip
    return catalog


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    shop = open_shop(str(write_shop(tmp_path_factory.mktemp("huge") / "shop", large(), *ROWS)), TODAY)
    yield Assistant(shop)
    shop.close()


@pytest.mark.parametrize(("form", "budget"), [("full", 8_000), ("full", 4_000), ("flat", 1_400), ("flat", 8_000)])
def test_a_catalog_of_500_metrics_is_told_within_the_budget(huge: Assistant, form: str, budget: int) -> None:
    wanted = [(s, p, m) for n, (s, p) in enumerate(zip(SUBJECTS, reversed(PLACES), strict=True)) for m in (MEASURES[n % 5],)]
    assert len(huge.shop.catalog.spec.metrics) > 500
    with served(Reply('{"kind": "cannot"}')) as server:
        told = {"name": "openai:scripted", "base_url": server.url, "form": form, "prompt_tokens": budget, "when": "always"}
        huge.model = SecondReader(huge.shop, lambda: ModelSettings.model_validate(told))
        huge.around = (huge.model,)
        for subject, place, measure in wanted:
            before = len(server.requests)
            huge.ask(f"{measure} of {subject} in the {place} by city, glorpy")
            body = server.requests[before]
            sent = json.dumps(body, ensure_ascii=False)
            assert len(sent) < 4 * budget  # characters; English has about four to a token
            assert f"- {subject}_{place}_{measure}: " in body["messages"][0]["content"]
            assert "- orders.city: " in body["messages"][0]["content"]
            assert f'"{subject}_{place}_{measure}"' in json.dumps(body["response_format"])
