"""`/wenshu` and the home of the app."""

from __future__ import annotations

import pytest

from assistant.channels.chat.slack.text import escaped
from tests.channels.chat.slack.conftest import Bot, shown, values


def test_a_command_is_acknowledged_and_answered_to_its_writer_alone(bot: Bot) -> None:
    response = bot.command("2017年5月的销售额 <!channel>")
    assert response.status_code == 200
    assert response.json()["response_type"] == "ephemeral" and "正在查" in response.json()["text"] and "<" not in response.json()["text"]
    (answer,) = bot.slack.get("response")
    assert "2017-05" in shown(answer) and answer["response_type"] == "ephemeral" and not bot.slack.of("chat.postMessage")


def test_what_cannot_be_shown_aside_goes_to_the_direct_messages(bot: Bot) -> None:
    bot.command("sales by product category in May 2017")
    (answer,) = bot.slack.get("response")
    (files,) = bot.slack.get("files.completeUploadExternal")
    assert "direct messages" in shown(answer) and [f["filename"] for f in files["files"]] == ["chart.png", "rows.csv"]
    assert bot.slack.of("conversations.open")[0]["users"] == "U1" and files["channel_id"] == "DU1"


def test_buttons_of_an_answer_aside_are_answered_aside(bot: Bot) -> None:
    bot.command("best customers in May 2017")
    (back,) = bot.slack.get("response")
    assert bot.click(back, values(back, "choice")[0], channel_id="C1", is_ephemeral=True).status_code == 200
    second = bot.slack.get("response", 2)[1]
    assert "2017-05" in shown(second) and second["replace_original"] is False


def test_commands_of_a_person_in_a_channel_go_on_from_each_other(bot: Bot) -> None:
    bot.command("total sales in May 2017")
    bot.slack.get("response")
    bot.command("and in June?")
    assert "2017-06" in shown(bot.slack.get("response", 2)[1])


@pytest.mark.parametrize("text", ["", "   "])
def test_a_command_without_a_question_shows_examples(bot: Bot, text: str) -> None:
    response = bot.command(text)
    assert response.status_code == 200 and not response.text
    help = shown(bot.slack.get("response")[0])
    for lang in ("zh", "en"):
        assert escaped(bot.service.assistant.examples(lang)[0].text) in help


def test_a_command_sent_again_is_answered_once(bot: Bot) -> None:
    for _ in range(3):
        assert bot.command("total sales in May 2017", trigger="t7").status_code == 200
    bot.close()
    assert len(bot.slack.of("response")) == 1


def test_an_answer_too_late_for_its_command_goes_to_the_direct_messages(bot: Bot) -> None:
    bot.slack.refuse("response", 404, "expired_url")
    bot.command("total sales in May 2017")
    (posted,) = bot.slack.get()
    assert posted["channel"] == "DU1" and "2017-05" in shown(posted)


@pytest.mark.parametrize(("locale", "langs"), [("zh-CN", ("zh",)), ("en-GB", ("en",)), ("", ("zh", "en"))])
def test_the_home_shows_examples_in_the_language_of_its_reader(bot: Bot, locale: str, langs: tuple[str, ...]) -> None:
    bot.slack.locale = locale
    assert bot.event({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home", "event_ts": "1.1"}).status_code == 200
    (published,) = bot.slack.get("views.publish")
    home = shown(published["view"])
    for lang in ("zh", "en"):
        assert (escaped(bot.service.assistant.examples(lang)[0].text) in home) == (lang in langs)
    assert published["user_id"] == "U1"


def test_the_home_is_made_where_its_tab_is_opened(bot: Bot) -> None:
    bot.event({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages"})
    bot.event({"type": "app_home_opened", "user": "U2", "channel": "D2", "tab": "home"})
    assert [p["user_id"] for p in bot.slack.get("views.publish")] == ["U2"]


def test_an_example_of_the_home_is_asked_in_the_direct_messages(bot: Bot) -> None:
    bot.event({"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home"})
    view = bot.slack.get("views.publish")[0]["view"]
    button = next(b["accessory"] for b in view["blocks"] if "accessory" in b)
    body = {"type": "block_actions", "user": {"id": "U1"}, "team": {"id": "T1"}, "container": {"type": "view", "view_id": "V1"}, "view": view}
    assert bot.interact({**body, "actions": [{**button, "block_id": "b", "action_ts": "1.1"}]}).status_code == 200
    question, answer = bot.slack.get(number=2)
    assert question["channel"] == answer["channel"] == "DU1" and answer["thread_ts"] == question["ts"]
    assert shown(question) == escaped(bot.service.assistant.examples("en", "ann")[0].text) and len(shown(answer)) > 20
