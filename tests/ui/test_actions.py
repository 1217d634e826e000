"""The page of actions: cards are there in both languages, and what is clicked is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import Shop
from tests.actions.conftest import AWAY, teahouse  # noqa: F401
from tests.ui.conftest import HOSTILE, Opened
from tests.ui.looking import click, keys, plain, texts

ODD = AWAY.replace("headline: {zh:", f"headline: {{zh: {HOSTILE!r}, en: {HOSTILE!r}}}\nowner: {{zh: 店长, en: x}}\n#").replace(
    "\nowner: {zh: 店长, en: the manager}", ""
)


@pytest.fixture
def acting(teahouse: Callable[..., Shop]) -> Assistant:  # noqa: F811
    return Assistant(teahouse({"away": AWAY, "small": AWAY.replace("least: 5\noffer", "least: 25\noffer")}))


def words(page: object) -> str:
    return plain(" ".join(m.value for m in page.markdown))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("lang", "said"), [("zh", "32 位客人 30 天没来"), ("en", "32 guests have not come for 30 days")])
def test_a_card_says_what_there_is_to_do(page: Opened, acting: Assistant, lang: str, said: str) -> None:
    test = page(first="actions", of=acting, lang=lang)
    assert said in words(test) and any("2024-07-01" in t for t in texts(test))
    assert ("还缺" if lang == "zh" else "24 can be approached") in words(test) or "25" in words(test)


def test_accepted_is_accepted_after_a_reload(page: Opened, acting: Assistant) -> None:
    test = click(page(first="actions", of=acting, lang="en"), "accepted-away")
    assert keys(test, "done-") == ["done-away"]
    again = page(first="actions", of=acting, lang="en")
    assert keys(again, "accepted-") == [] and keys(again, "done-") == ["done-away"]
    assert keys(click(again, "done-away"), "done-") == []


def test_an_assumption_is_changed_and_the_figures_follow(page: Opened, acting: Assistant) -> None:
    test = page(first="actions", of=acting, lang="en")
    test.number_input(key="figure-card-away").set_value(3.0)
    test.text_input(key="set-owner-away").set_value("Li")
    test = click(test, "changed-away")
    assert "cost: ¥36 (= 12 × ¥3)" in words(test) and any("Li" in plain(c.value) for c in test.caption)


def test_without_a_reason_nothing_is_dismissed(page: Opened, acting: Assistant) -> None:
    test = click(page(first="actions", of=acting, lang="en"), "dismissed-away")
    assert any("why" in plain(w.value) for w in test.warning) and keys(test, "accepted-") == ["accepted-away"]
    test.text_area(key="why-away").set_value("we know them all")
    test = click(test, "dismissed-away")
    assert not test.warning and any("we know them all" in plain(c.value) for c in test.caption)


def test_who_they_are_is_shown_without_personal_data(page: Opened, acting: Assistant) -> None:
    test = click(page(first="actions", of=acting, lang="en"), "see-away")
    (table,) = test.dataframe
    assert list(table.value.columns) == ["guest", "town"] and len(table.value) == 20


def test_texts_of_a_playbook_stay_texts(page: Opened, teahouse: Callable[..., Shop]) -> None:  # noqa: F811
    test = page(first="actions", of=Assistant(teahouse({"away": ODD})), lang="en")
    assert HOSTILE in words(test)


def test_mistakes_of_a_playbook_are_said(page: Opened, teahouse: Callable[..., Shop]) -> None:  # noqa: F811
    test = page(first="actions", of=Assistant(teahouse({"away": AWAY.replace("cost: cost", "cost: costs")})), lang="en")
    assert any("away.yaml:29" in plain(w.value) for w in test.warning)
