"""What is posted: sentence, table, picture, file and buttons, within Slack's limits and with nothing in it that Slack would read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.channels.chat.message import Button, Message
from assistant.channels.chat.slack.blocks import dressed, used
from assistant.channels.chat.slack.text import asked, escaped, names, size, to_somebody_else, width
from assistant.service import Service
from tests.channels.chat.slack.conftest import Bot, MakeBot, shown, values
from tests.channels.chat.slack.stand_in import StandIn
from tests.channels.small import CATALOG
from tests.conftest import MakeShop

HOSTILE = [
    "<!channel>",
    "<@U1>",
    "``` <!here>",
    "H&M",
    "@everyone *bold* _it_",
    "<http://evil.example|sales>",
    "\u202egnp.exe\nsecond line",
    "茶" * 60,
    "x" * 500,
]


def table(posted: dict[str, Any]) -> list[str]:
    (text,) = [b["text"]["text"] for b in posted["blocks"] if b["type"] == "section" and b["text"]["type"] == "mrkdwn"]
    return text.split("\n")[1:-1]


def test_a_chinese_question_is_answered_in_chinese_with_picture_and_file(bot: Bot) -> None:
    bot.mention("2017年5月各部门的销售额", ts="1600000000.5")
    (posted,), (files,) = bot.slack.get(), bot.slack.get("files.completeUploadExternal")
    lines = table(posted)
    assert lines[0].startswith("部门") and len({width(line) for line in lines}) == 1  # numbers stand below each other
    assert "销售额" in posted["text"] and "CSV" in shown(posted) and "还有" in shown(posted)
    assert files["channel_id"] == "C1" and files["thread_ts"] == "1600000000.5"
    picture, rows = files["files"]
    assert bot.slack.uploads[picture["id"]].startswith(b"\x89PNG") and picture["alt"] == posted["text"] and picture["filename"] == "chart.png"
    read = list(csv.reader(io.StringIO(bot.slack.uploads[rows["id"]].decode("utf-8-sig"))))
    left = int("".join(c for c in shown(posted).partition("还有")[2].partition("行")[0] if c.isdigit()))
    assert rows["filename"] == "rows.csv" and len(read) == 1 + len(lines) - 1 + left


def test_a_short_table_needs_no_file(bot: Bot) -> None:
    bot.mention("sales by quarter in 2017")
    (posted,), (files,) = bot.slack.get(), bot.slack.get("files.completeUploadExternal")
    assert len(table(posted)) == 5 and [f["filename"] for f in files["files"]] == ["chart.png"]


def test_a_thread_is_a_conversation(bot: Bot) -> None:
    bot.mention("total sales in May 2017", ts="1600000000.5")
    bot.slack.get()
    bot.event(bot.written("by department", type="message", channel_type="channel", thread_ts="1600000000.5"))
    second = bot.slack.get(number=2)[1]
    assert len(table(second)) > 5 and "2017-05" in shown(second) and second["thread_ts"] == "1600000000.5"
    bot.event(bot.written("total sales in June 2017", type="message", channel_type="channel"))  # to nobody of us
    bot.event(bot.written("total sales in June 2017", type="message", channel_type="channel", thread_ts="1600000000.4"))  # others' thread
    bot.event(bot.written("<@U2> what do you think of June?", type="message", channel_type="channel", thread_ts="1600000000.5"))
    bot.event(bot.written("and in June?", type="message", channel_type="channel", thread_ts="1600000000.5", user="U2"))
    assert "2017-06" in shown(bot.slack.get(number=3)[2])
    bot.close()
    assert len(bot.slack.of("chat.postMessage")) == 3


def test_who_answers_what_we_sent_is_heard(bot: Bot) -> None:
    bot.reception.poster.send("C1", Message(text="Sales fell."), "digest/1")
    sent = bot.slack.get()[0]
    assert sent["metadata"]["event_payload"]["key"] == "digest/1" and "thread_ts" not in sent
    reply = bot.written("total sales in May 2017", type="message", channel_type="channel", thread_ts=sent["ts"], parent_user_id="UBOT")
    bot.event(reply)
    assert bot.slack.get(number=2)[1]["thread_ts"] == sent["ts"]


def test_a_message_to_a_person_goes_to_their_direct_messages_with_its_files(bot: Bot) -> None:
    chart = bot.service.assistant.ask("sales by quarter in 2017").chart
    bot.reception.poster.send("U1", Message(text="Sales", spec=chart, alt="Sales by quarter"), "k")
    (files,) = bot.slack.get("files.completeUploadExternal")
    assert files["channel_id"] == "DU1" and files["thread_ts"] == bot.slack.of("chat.postMessage")[0]["ts"]


def test_a_question_back_is_chosen_by_a_button(bot: Bot) -> None:
    bot.mention("best customers in May 2017")
    back = bot.slack.get()[0]
    offered = values(back, "choice")
    styles = [e.get("style") for b in back["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert len(offered) >= 2 and styles == ["primary"] + [None] * (len(offered) - 1)
    assert bot.click(back, offered[1]).status_code == 200
    chosen = bot.slack.get(number=2)[1]
    assert chosen["thread_ts"] == back["thread_ts"] and len(table(chosen)) > 5
    (update,) = bot.slack.get("chat.update")
    assert update["ts"] == back["ts"] and not values(update, "choice") and "✓ 2." in shown(update) and update["text"] == back["text"]


def test_a_question_back_is_chosen_by_its_number(bot: Bot) -> None:
    bot.mention("2017年5月最好的顾客", ts="1600000000.5")
    back = bot.slack.get()[0]
    assert "\n2. " in "\n" + shown(back) and "编号" in shown(back)
    bot.event(bot.written("2", type="message", channel_type="channel", thread_ts="1600000000.5"))
    assert len(table(bot.slack.get(number=2)[1])) > 5


def test_a_button_is_good_once_however_often_it_is_clicked(bot: Bot) -> None:
    bot.mention("2017年5月各部门的销售额")
    first = bot.slack.get()[0]
    do = values(first, "next")[0]
    for _ in range(3):
        assert bot.click(first, do).status_code == 200
    bot.close()
    assert len(bot.slack.of("chat.postMessage")) == 2
    (update,) = bot.slack.of("chat.update")
    assert values(update, "next") == values(first, "next")[1:]  # the others can still be asked


def test_why_is_a_button(bot: Bot) -> None:
    bot.mention("total sales in May 2017 compared with April 2017")
    first = bot.slack.get()[0]
    labels = [e["text"]["text"] for b in first["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert labels[0].lower().startswith("why")
    bot.click(first, values(first, "next")[0])
    assert "basket" in shown(bot.slack.get(number=2)[1])


@pytest.mark.parametrize(("person", "state"), [("U1", "accepted"), ("U2", "dismissed")])
def test_an_action_is_taken_on_or_put_aside(bot: Bot, person: str, state: str) -> None:
    bot.mention("what should I do today?")
    first = bot.slack.get()[0]
    do = next(v for v in values(first, "action") if f":{state}:" in v)
    bot.click(first, do, person)
    told = bot.slack.get(number=2)[1]
    (decision,) = bot.service.store.decisions.of(bot.service.shop)
    assert decision.action == do.rpartition(":")[2] and decision.state == state and decision.user == {"U1": "ann", "U2": "bob"}[person]
    assert decision.user in shown(told)
    (update,) = bot.slack.get("chat.update")
    assert len(values(update, "action")) == len(values(first, "action")) - 2  # of this action neither is left


def test_a_decision_that_could_not_be_told_at_once_is_told_later_and_taken_once(make_bot: MakeBot) -> None:
    bot = make_bot()
    bot.reception.start()
    bot.mention("what should I do today?")
    first = bot.slack.get()[0]
    bot.slack.refuse("chat.postMessage", 500)
    bot.click(first, next(v for v in values(first, "action") if ":accepted:" in v))
    told = bot.slack.get(number=2)[1]
    (decision,) = bot.service.store.decisions.of(bot.service.shop)
    assert decision.state == "accepted" and "ann" in shown(told) and "cannot" not in shown(told)


def test_a_button_that_is_no_longer_good_says_so_and_stays(bot: Bot) -> None:
    bot.mention("2017年5月各部门的销售额")
    first = bot.slack.get()[0]
    bot.click({**first, "thread_ts": "1600000000.9"}, values(first, "next")[0])  # in another thread
    assert "失效" in shown(bot.slack.get(number=2)[1])
    bot.close()
    assert not bot.slack.of("chat.update")


def test_data_cannot_mention_link_or_break_the_layout(
    make_shop: MakeShop, make_bot: MakeBot, open_service: Callable[[Assistant], Service], slack: StandIn
) -> None:
    rows = [(n, city, kind) for n, city in enumerate(HOSTILE) for kind in ("tea", "milk")]
    cities = ", ".join(f"({i}, '{city}', '{kind}', {len(HOSTILE) - n})" for i, (n, city, kind) in enumerate(rows))
    shop = make_shop(CATALOG, f"CREATE TABLE orders AS FROM (VALUES {cities}) t(id, city, kind, amount)")
    bot = make_bot(open_service(Assistant(shop)))
    bot.mention("sales by city")
    posted = slack.get()[0]
    lines = table(posted)
    assert len(lines) == 1 + len(HOSTILE) and "&lt;!channel&gt;" in "\n".join(lines) and "H&amp;M" in "\n".join(lines)
    labels = [e["text"]["text"] for b in posted["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert any("&lt;!channel&gt;" in label for label in labels)
    bot.click(posted, next(v for v, label in zip(values(posted, "next"), labels, strict=True) if "&lt;" in label))
    bot.mention("销售额最高的城市 <@U2|bob> &lt;!channel&gt;")
    (
        slack.get(number=3),
        slack.get("chat.update"),
        slack.get("files.completeUploadExternal"),
    )  # the stand-in looks at labels, titles and alternative texts too


def test_a_question_that_breaks_marks_is_asked_as_it_was_meant(bot: Bot) -> None:
    bot.mention("total sales &amp; units in &lt;May 2017&gt;")
    assert "2017-05" in shown(bot.slack.get()[0])


def test_who_says_nothing_is_shown_what_can_be_asked(bot: Bot) -> None:
    bot.mention("")
    hello = shown(bot.slack.get()[0])
    for lang in ("zh", "en"):
        assert escaped(bot.service.assistant.examples(lang)[0].text) in hello


def test_a_message_keeps_to_all_limits_at_once(slack: StandIn) -> None:
    buttons = tuple(Button(label=f"<{n}> {'长' * 200}", do=f"next:zh:{n}", main=n == 0) for n in range(60))
    ask = tuple(Button(label="&" * 100, do=f"choice:en:{n}") for n in range(30))
    acts = tuple(Button(label="x", do=f"action:en:{state}:{n}") for n in range(60) for state in ("accepted", "dismissed"))
    cells = tuple(tuple("<&>" * 40 for _ in range(20)) for _ in range(15))
    message = Message(
        text="<!channel> " * 900, details=("&" * 900,) * 9, heads=("<h>",) * 20, numeric=(True,) * 20, table=cells, ask=ask, buttons=(*buttons, *acts)
    )
    shown = dressed(message)
    slack.check_blocks("message", shown.blocks, 50)
    slack.check_text("message", shown.text, 4000)
    assert shown.left == 15  # there is no room for a row of twenty such cells
    narrower = message.model_copy(update={"heads": ("<h>",) * 4, "numeric": (True,) * 4, "table": tuple(row[:4] for row in cells)})
    slack.check_blocks("narrower", dressed(narrower).blocks, 50)
    assert 0 < dressed(narrower).left < 15
    slack.check_blocks("nothing", dressed(Message(text="")).blocks, 50)


def test_a_used_button_leaves_what_can_still_be_clicked() -> None:
    message = Message(
        text="x",
        ask=(Button(label="a", do="choice:en:c:1:0"), Button(label="b", do="choice:en:c:1:1")),
        buttons=(Button(label="n", do="next:en:c:1:0"),),
    )
    blocks = dressed(message).blocks
    left = [e["value"] for b in used(blocks, "choice:en:c:1:1") if b["type"] == "actions" for e in b["elements"]]
    assert left == ["next:en:c:1:0"] and used(blocks, "no such") == blocks


@pytest.mark.parametrize(
    ("text", "most", "out"),
    [
        ("a<b", 10, "a&lt;b"),
        ("&&&", 10, "&amp;…"),
        ("&&&", 11, "&amp;&amp;…"),
        ("ab\u202ec\x00d", 9, "abcd"),
        ("🍵🍵", 3, "🍵…"),
        ("x" * 9, 9, "x" * 9),
    ],
)
def test_text_is_escaped_and_then_cut_at_no_mark(text: str, most: int, out: str) -> None:
    assert escaped(text, most) == out and size(out) <= most


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("<@UBOT> sales", "sales"),
        ("各部门<@UBOT>的 销售额", "各部门 的 销售额"),
        ("sales of <https://x.example|x.example> &amp; <#C1|north>", "sales of x.example & north"),
        ("ask <@U2|bob> <!here> a &lt; b", "ask bob a < b"),
        ("<@UBOT|wenshu>", ""),
    ],
)
def test_what_was_written_is_read_without_marks(text: str, question: str) -> None:
    assert asked(text, "UBOT") == question


def test_who_is_spoken_to() -> None:
    assert names("hi <@UBOT>", "UBOT") and names("<@UBOT|wenshu> hi", "UBOT") and not names("<@UBOTTOM> hi", "UBOT") and not names("<@U2>", None)
    assert (
        to_somebody_else(" <@U2> and you?", "UBOT")
        and not to_somebody_else("<@UBOT> and you?", "UBOT")
        and not to_somebody_else("and <@U2>?", "UBOT")
    )
