"""A model that is slow, busy, broken or away: the answer is what it is without one, and says so."""

from __future__ import annotations

import threading
import time

import pytest

from assistant.llm.second import SecondReader
from assistant.progress import Progress, following
from eval.llm.scripted import Reply, served
from semantic_layer.shops.settings import ModelSettings
from tests.llm.conftest import MakeAssistant
from tests.llm.test_proposals import BY_CITY, UNSURE, query

GOOD = query(BY_CITY)
ANSWER = [["Shanghai", 100.0], ["Beijing", 40.0]]
WARM = Reply({"kind": "cannot"})


@pytest.fixture(scope="module", autouse=True)
def _warm(clerks_and_all: dict[bool, object]) -> None:
    """The first call of all imports what the client needs, which on a busy machine takes longer than the deadlines here."""
    from langchain_openai import ChatOpenAI

    with served(WARM) as server:
        list(ChatOpenAI(model="m", base_url=server.url, api_key="k").stream("x"))


def _remark(reason: str) -> str:
    return f"The language model took no part ({reason}); this is what there is without it."


@pytest.mark.parametrize(
    ("first", "requests"),
    [
        (Reply(status=500), 2),
        (Reply(status=503), 2),
        (Reply(status=429, headers={"retry-after": "1"}), 2),
        (Reply(GOOD.say, cut=2), 2),
        (Reply(GOOD.say, cut=0), 2),
    ],
)
def test_what_fails_once_is_tried_again(assistant: MakeAssistant, first: Reply, requests: int) -> None:
    with served(first, GOOD) as server:
        answer = assistant(server, proposals="run", method="json_schema").ask(UNSURE)
        assert len(server.requests) == requests
    assert answer.rows == ANSWER and not any("took no part" in c for c in answer.caveats)


def test_it_waits_as_long_as_it_is_told(assistant: MakeAssistant) -> None:
    asked = []

    def busy(_: object, n: int) -> Reply:
        asked.append(time.monotonic())
        return Reply(status=429, headers={"retry-after": "2"}) if n == 0 else GOOD

    with served(busy) as server:
        assert assistant(server, proposals="run").ask(UNSURE).rows == ANSWER
    assert asked[1] - asked[0] >= 2


@pytest.mark.parametrize(
    ("reply", "requests", "reason"),
    [
        (Reply(status=500), 3, "its server failed"),
        (Reply(status=401), 1, "it does not accept the key or the request; check model in wenshu.yaml"),
        (Reply(status=429, headers={"retry-after": "3600"}), 1, "it is busy"),
        (Reply(GOOD.say, cut=3), 2, "its reading could not be used"),
    ],
)
def test_what_goes_on_failing_leaves_the_grammar_alone(assistant: MakeAssistant, reply: Reply, requests: int, reason: str) -> None:
    alone = assistant().ask(UNSURE, id="same")
    with served(reply) as server:
        both = assistant(server, method="json_schema").ask(UNSURE, id="same")
        assert len(server.requests) == requests
    assert both.caveats == [*alone.caveats, _remark(reason)]
    assert both.model_copy(update={"caveats": alone.caveats, "timings_ms": alone.timings_ms}) == alone


@pytest.mark.parametrize("reply", [Reply(GOOD.say, wait=60), Reply(GOOD.say, pause=5)])
def test_silence_ends_at_the_deadline(assistant: MakeAssistant, reply: Reply) -> None:
    with served(reply) as server:
        started = time.monotonic()
        answer = assistant(server, seconds=3).ask(UNSURE)
        assert time.monotonic() - started < 40  # and not the minute, nor all the pauses
    assert answer.status == "refused" and _remark("no answer within 3 seconds") in answer.caveats


def test_nobody_there(assistant: MakeAssistant) -> None:
    answer = assistant("http://127.0.0.1:9/v1", tries=1).ask(UNSURE)
    assert answer.status == "refused" and _remark("it cannot be reached") in answer.caveats


def test_after_five_failures_it_rests(assistant: MakeAssistant) -> None:
    with served(Reply(status=500)) as server:
        both = assistant(server, method="json_schema", tries=1)
        answers = [both.ask(UNSURE) for _ in range(7)]
        assert len(server.requests) == 5
    assert _remark("it failed several times and rests for a minute") in answers[-1].caveats


def test_another_model_instead(assistant: MakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Reply(status=401)) as away, served(GOOD) as there:
        monkeypatch.setenv("OPENAI_BASE_URL", there.url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        answer = assistant(away, fallback="openai:other", proposals="run").ask(UNSURE)
        assert [r["model"] for r in there.requests] == ["other"] and len(away.requests) == 1
    assert answer.rows == ANSWER


@pytest.mark.parametrize(("unknown", "method"), [(1, "function_calling"), (2, "json_mode")])
def test_a_provider_is_asked_in_the_way_that_it_knows(assistant: MakeAssistant, unknown: int, method: str) -> None:
    def picky(body: dict[str, object], n: int) -> Reply:
        return Reply(status=400) if n < unknown else GOOD

    with served(picky) as server:
        both = assistant(server, proposals="run", cache_seconds=0)
        assert both.ask(UNSURE).rows == both.ask(UNSURE).rows == ANSWER
        assert len(server.requests) == unknown + 2  # the way that it knows is remembered
        last = server.requests[-1]
    assert ("tools" in last) == (method == "function_calling")
    assert ('"$defs"' in last["messages"][0]["content"]) == (method == "json_mode")


def test_an_answer_that_is_stopped_does_not_wait(assistant: MakeAssistant) -> None:
    progress = Progress()
    with served(Reply(GOOD.say, wait=60)) as server:
        both = assistant(server)
        stop = threading.Thread(target=lambda: (_until(lambda: bool(server.requests)), progress.stop()))
        stop.start()
        started = time.monotonic()
        with following(progress):
            answer = both.ask(UNSURE)
        assert time.monotonic() - started < 40
        stop.join()
    assert answer.status == "error" and answer.error and answer.error.code == "cancelled" and progress.step == "model"


def _until(true: object) -> None:
    for _ in range(600):
        if true():  # type: ignore[operator]
            return
        time.sleep(0.05)


def test_no_more_at_once_than_allowed(assistant: MakeAssistant) -> None:
    with served(Reply(GOOD.say, wait=60), GOOD) as server:
        both = assistant(server, at_once=1, seconds=20)
        first = threading.Thread(target=lambda: both.ask(UNSURE), daemon=True)
        first.start()
        _until(lambda: bool(server.requests))
        answer = both.ask("flurby sales by city in June 2025")
        assert _remark("too many use it at once") in answer.caveats and len(server.requests) == 1


def test_a_provider_that_is_not_installed_is_said_where_it_is_asked(assistant: MakeAssistant) -> None:
    both = assistant()
    both.model = SecondReader(both.shop, lambda: ModelSettings(name="anthropic:claude"))
    both.around = (both.model,)
    answer = both.ask(UNSURE)
    assert answer.status == "refused" and any("took no part" in c for c in answer.caveats)
