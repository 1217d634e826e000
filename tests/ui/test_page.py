"""The page as a person uses it: questions, choices, chips, suggestions, conversations, languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from assistant.ask import Assistant
from assistant.store import Turn
from semantic_layer.shops import Shop
from tests.conftest import MakeShop
from tests.engines.conftest import until
from tests.ui.conftest import HOSTILE, Opened
from tests.ui.looking import ask, chips, click, conversation, keys, plain, texts
from ui.pending import Pending
from ui.served import served

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from assistant.store.store import Store

Sql = Callable[[str], list[dict[str, Any]]]


def test_the_first_visit_offers_the_examples_of_the_shop(page: Opened, shop: Shop) -> None:
    test = page()
    assert [plain(b.label) for b in test.button if b.key.startswith("example")] == list(shop.settings.examples.zh)
    click(test, "example-zh-0")
    assert texts(test)[0] == shop.settings.examples.zh[0] and not keys(test, "example")
    assert len(test.dataframe[0].value) == 5


def test_an_answer_shows_sentence_table_definition_and_sql(page: Opened, sql: Sql) -> None:
    test = ask(page(), "11月卖得最好的5个品类")
    assert "最高的 5 个品类" in texts(test)[1] and "销售额: 门店收到的金额之和" in texts(test)
    wanted = sql(
        """SELECT sum(sales_value) AS s FROM transactions LEFT JOIN products USING (product_id)
           WHERE transaction_timestamp >= '2017-11-01' AND transaction_timestamp < '2017-12-01' AND product_category IS NOT NULL
           GROUP BY product_category ORDER BY s DESC LIMIT 5"""
    )
    assert test.dataframe[0].value["sales"].tolist() == pytest.approx([r["s"] for r in wanted])
    assert test.dataframe[0].value["product_category"][4] == "奶酪（CHEESE）"
    assert "SELECT" in test.code[0].value
    assert chips(test, 1) == ["销售额", "2017-11-01 至 2017-11-30", "品类", "按销售额从高到低，前 5 名", "添加"]


def test_a_choice_is_run_as_it_is_said(page: Opened) -> None:
    test = ask(page(), "哪个品类最有效")
    choice = test.button(key="choices-1-2")
    said = plain(choice.label)
    assert said.startswith("小票数")
    click(test, "choices-1-2")
    assert texts(test)[2] == said
    assert list(test.dataframe[0].value.columns) == ["product_category", "baskets"] and len(test.dataframe[0].value) == 10


def test_a_chip_is_taken_out(page: Opened, sql: Sql) -> None:
    test = ask(page(), "5月不含汽油的销售额")
    assert chips(test, 1) == ["销售额", "2017-05-01 至 2017-05-31", "不含汽油", "添加"]
    click(test, "x-1-2")
    assert chips(test, 2) == ["销售额", "2017-05-01 至 2017-05-31", "添加"]
    (may,) = sql("SELECT sum(sales_value) AS s FROM transactions WHERE transaction_timestamp >= '2017-05-01' AND transaction_timestamp < '2017-06-01'")
    assert f"{may['s'] / 10_000:.1f}万" in [t for t in texts(test) if "为 $" in t][1]
    assert "去掉：不含汽油" in texts(test)


@pytest.mark.parametrize(
    ("question", "edit", "chosen", "columns", "rows"),
    [
        ("销售额按月走势", "edit-1-2", "季度", ["quarter", "sales"], 5),
        ("11月卖得最好的5个品类", "edit-1-0", "件数", ["product_category", "units"], 5),
        ("11月卖得最好的5个品类", "edit-1-2", "部门", ["department", "sales"], 5),
        ("11月卖得最好的5个品类", "edit-1-3", "前 10 名", ["product_category", "sales"], 10),
        ("各品牌类型销售额", "edit-1-1", "月：2017-12-01 至 2017-12-31", ["brand", "sales"], 3),
        ("5月销售额", "edit-1-2", "品牌类型", ["brand", "sales"], 3),
    ],
)
def test_a_chip_is_changed(page: Opened, question: str, edit: str, chosen: str, columns: list[str], rows: int) -> None:
    test = ask(page(), question)
    box = test.selectbox(key=edit)
    box.select_index(box.options.index(chosen)).run()
    assert not test.exception
    last = test.dataframe[-1].value
    assert list(last.columns) == columns and len(last) == rows
    assert any(t.endswith(chosen) for t in texts(test))
    assert test.selectbox(key=edit).value is None, "the box is ready for another change"


def test_what_is_suggested_can_be_asked(page: Opened) -> None:
    test = ask(page(lang="en"), "total sales in May")
    suggested = {plain(test.button(key=k).label): k for k in keys(test, "page_next-1")}
    assert any("by department" in s for s in suggested) and any("by month" in s for s in suggested)
    for said, key in suggested.items():
        click(test, key)
        assert said in texts(test)
    assert len(test.chat_message) == 2 + 2 * len(suggested)


def test_a_refusal_offers_what_can_be_answered(page: Opened) -> None:
    test = ask(page(), "2019年各部门销售额")
    assert "没有数据" in texts(test)[1] and not test.dataframe
    click(test, keys(test, "nearest-1")[0])
    assert len(test.dataframe) == 1


def test_a_conversation_is_resumed(page: Opened, store: Store) -> None:
    first = click(ask(page(), "11月卖得最好的5个品类"), "x-1-3")
    id = conversation(first)
    assert id
    assert [t.status for t in store.turns(id, "")] == ["answered", "answered"]
    again = page(conversation=id)
    assert texts(again) == texts(first) and chips(again, 2) == chips(first, 2)
    assert again.dataframe[1].value.equals(first.dataframe[1].value)
    ask(again, "5月销售额")
    assert len(store.turns(id, "")) == 3


def test_a_question_is_answered_though_its_page_was_never_drawn(page: Opened, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    st = pytest.importorskip("streamlit")
    test = page()
    with monkeypatch.context() as closed:
        closed.setattr("ui.frame.draw_sidebar", lambda *_: st.stop())
        ask(test, "5月销售额")
    (kept,) = store.conversations("completejourney", "")
    assert until(lambda: bool(store.turns(kept.id, "")))
    assert [t.question for t in store.turns(kept.id, "")] == ["5月销售额"]


def test_questions_are_answered_one_after_the_other_wherever_one_looks(page: Opened, store: Store) -> None:
    conversation = store.start("completejourney", "", "5月销售额")
    test = page()
    asked = [Pending(question, "zh") for question in ("5月销售额", "那6月呢", "那7月呢")]
    for each in asked:
        each.begin(served(), conversation)
    assert [p.question for p in served().running_in(conversation)][-1] == "那7月呢"
    click(test, f"open-{conversation}")
    assert all(each.wait(20) for each in asked) and not served().running
    assert [t.question for t in store.turns(conversation, "")] == [each.question for each in asked]
    assert [t.query and t.query["time"]["start"] for t in store.turns(conversation, "")] == ["2017-05-01", "2017-06-01", "2017-07-01"]
    assert [t for t in texts(test) if t in ("5月销售额", "那6月呢", "那7月呢")] == [each.question for each in asked]


def test_conversations_are_begun_opened_renamed_and_removed(page: Opened, store: Store) -> None:
    test = ask(page(), "5月销售额")
    (old,) = store.conversations("completejourney", "")
    assert old.title == "5月销售额"
    click(test, "new")
    assert conversation(test) is None and len(test.chat_message) == 1
    ask(test, "6月销售额")
    assert len(store.conversations("completejourney", "")) == 2
    click(test, f"open-{old.id}")
    assert texts(test)[0] == "5月销售额" and conversation(test) == old.id
    test.text_input(key=f"title-{old.id}").set_value("五月")
    click(test, f"rename-{old.id}")
    assert plain(test.button(key=f"open-{old.id}").label) == "五月"
    click(test, f"remove-{old.id}")
    assert len(store.conversations("completejourney", "")) == 1 and len(test.chat_message) == 1 and conversation(test) is None


def test_conversations_of_others_are_not_shown(page: Opened, store: Store) -> None:
    turn = Turn(question="秘密", lang="zh", status="answered", answer={"id": "1", "question": "秘密", "status": "answered", "text": "秘密"})
    of_another, of_another_shop = store.start("completejourney", "ann", "秘密"), store.start("elsewhere", "", "秘密")
    store.append(of_another, "ann", turn)
    store.append(of_another_shop, "", turn)
    for id in (of_another, of_another_shop, "nothing", "<b>"):
        test = page(conversation=id)
        assert "秘密" not in "".join(texts(test)) and not keys(test, "open-") and conversation(test) is None


def test_an_answer_kept_by_another_version_shows_its_text(page: Opened, store: Store) -> None:
    id = store.start("completejourney", "", "旧")
    store.append(id, "", Turn(question="旧问题", lang="zh", status="answered", answer={"text": "旧回答", "shape": "unknown"}, query={"nothing": 1}))
    test = page(conversation=id)
    assert texts(test)[:2] == ["旧问题", "旧回答"]
    assert len(ask(test, "5月销售额").chat_message) == 4


def test_the_language_is_switched(page: Opened) -> None:
    test = page()
    assert test.button(key="new").label == "新对话"
    test.segmented_control(key="language").set_value("en").run()
    assert test.button(key="new").label == "New conversation"
    ask(test, "5月销售额")
    assert texts(test)[1].startswith("sales for 2017-05-01")


def test_answers_are_in_the_language_of_the_question_until_one_is_chosen(page: Opened) -> None:
    test = page(lang="auto")
    assert "为 $" in texts(ask(test, "5月销售额"))[1]
    assert texts(ask(test, "total sales in May"))[-3].startswith("sales for")


def test_only_the_last_answers_are_drawn(page: Opened) -> None:
    test = page()
    for _ in range(11):
        ask(test, "5月销售额")
    assert len(test.chat_message) == 20
    assert len(click(test, "earlier").chat_message) == 22


MARKUP = re.compile(r"(?<!\\)[<>*_`$\[\]]|:\w|www\.|https?:")
HOSTILE_CATALOG: dict[str, Any] = {
    "datasets": {
        "orders": {
            "time": "day",
            "fields": {
                "day": {"kind": "time", "type": "date"},
                "amount": {"kind": "measure", "type": "number"},
                "channel": {"label": {"en": HOSTILE, "zh": HOSTILE}},
            },
        }
    },
    "metrics": {"sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}, "description": {"en": HOSTILE, "zh": HOSTILE}, "default": True}},
}


HOSTILE_ROWS = (
    "CREATE TABLE orders AS SELECT unnest([DATE '2024-05-01', DATE '2024-05-02']) AS day, 5.0 AS amount, unnest(['web', 'app']) AS channel",
    "INSERT INTO orders VALUES (DATE '2024-05-31', 7.0, '{}')".format(HOSTILE.replace("'", "''")),
)


@pytest.fixture
def hostile(make_shop: MakeShop) -> Assistant:
    """A shop whose value, label and description would be markup."""
    return Assistant(make_shop(HOSTILE_CATALOG, *HOSTILE_ROWS, today=dt.date(2024, 6, 1)))


def alive(test: AppTest) -> list[str]:
    """What is read as Markdown and holds markup of the shop or the question; nothing should be."""
    read = [b.label for b in test.button] + [c.value for c in test.caption] + [w.value for w in test.warning] + [e.label for e in test.expander]
    return [label for label in read if MARKUP.search(label)] + [m.value for m in test.markdown]


def test_a_question_of_markup_is_shown_as_text(page: Opened, store: Store) -> None:
    test = ask(page(), HOSTILE)
    assert texts(test)[0] == HOSTILE and alive(test) == []
    assert any(plain(b.label) == HOSTILE[:60] for b in test.button), "the title of the conversation"


def test_values_and_labels_of_markup_are_shown_as_text(page: Opened, hostile: Assistant) -> None:
    test = click(page(of=hostile), "example-zh-1")
    assert HOSTILE in test.dataframe[0].value["channel"].tolist()
    assert HOSTILE in chips(test, 1) and f"销售额: {HOSTILE}" in texts(test)
    assert any(HOSTILE in plain(b.label) for b in test.button), "a suggestion"
    assert alive(test) == []


def test_a_shop_without_examples_offers_queries_of_its_catalog(page: Opened, hostile: Assistant) -> None:
    test = page(of=hostile, lang="en")
    assert plain(test.button(key="example-en-0").label) == "sales; 2024-05-01 to 2024-05-31"
    click(test, "example-en-0")
    assert texts(test)[1] == "sales for 2024-05-01 to 2024-05-31: 17."
