"""The flat form: whatever is chosen in it can be run."""

from __future__ import annotations

import random
from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.llm.flat import FlatForm
from assistant.llm.proposal import proposal
from assistant.llm.telling import told
from assistant.reading import Reader
from assistant.reading.around import Asked
from semantic_layer.shops import Shop
from semantic_layer.shops.settings import ModelSettings

QUESTIONS = (
    "how many weekly ads showed frozen pizza", "sales by department in May 2017 compared with April", "coupon redemptions of each campaign",
    "households targeted by campaign type", "products on display by store", "5月各部门的销售额", "哪些活动的核销最多", "各收入段家庭的客单价", "商品数",
)  # fmt: skip
SETTINGS = ModelSettings(name="openai:small", form="flat", prompt_tokens=1_400, examples=0)


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


def filled(schema: dict[str, Any], lists: dict[str, Any], any_of: random.Random) -> Any:
    """Something that a schema allows, chosen blindly."""
    if "$ref" in schema:
        return filled(lists[schema["$ref"].rpartition("/")[2]], lists, any_of)
    if "anyOf" in schema:
        return filled(any_of.choice(schema["anyOf"]), lists, any_of)
    if "enum" in schema:
        return any_of.choice(schema["enum"])
    if schema["type"] == "integer":
        return any_of.randint(schema["minimum"], schema["maximum"])
    return {name: filled(part, lists, any_of) for name, part in schema["properties"].items()}


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_is_chosen_can_be_run(reader: Reader, question: str) -> None:
    form, asked, any_of = FlatForm(), Asked(question, "en", "", reader), random.Random(question)
    what = told(asked, (), form, SETTINGS, ())
    assert what.size <= SETTINGS.prompt_tokens and len(what.brought.metrics) > 2
    for _ in range(20):
        data = filled(what.schema, what.schema["$defs"], any_of)
        made = proposal(form.read(data, what.brought, reader.shop.today), asked)
        assert made.kind == data["reading"]["kind"] and len(made.queries) == (made.kind == "query")
