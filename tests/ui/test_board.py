"""Boards: answers pinned, asked anew, arranged, shared, and shown as they were where they cannot be asked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from assistant.ask import Assistant
from assistant.store import Pin
from semantic_layer.shops import open_shop
from tests.conftest import write_shop
from tests.ui.conftest import Opened
from tests.ui.looking import ask, click, plain, texts

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from assistant.store.store import Store

SALES: dict[str, Any] = {"metrics": ["sales"], "group_by": [{"field": "orders.channel"}]}
CATALOG: dict[str, Any] = {
    "datasets": {"orders": {"time": "day", "fields": {"day": {"kind": "time", "type": "date"}, "amount": {"kind": "measure", "type": "number"}, "channel": {}}}},
    "metrics": {"sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}, "default": True}},
}
ROWS = "CREATE TABLE orders AS SELECT DATE '2024-05-01' AS day, 5.0 AS amount, unnest(['web', 'app']) AS channel"
RIGHTS = """
rights:
  - {role: all, allowed_tables: ['*']}
  - {role: web, allowed_tables: ['*'], row_filters: {orders: "channel = 'web'"}}
users: {ann: all, bob: web}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_shop(tmp_path / "small", CATALOG, ROWS)
    (made / "wenshu.yaml").write_text(f"name: small\ndatabase: small.duckdb\ntoday: 2024-06-01\n{RIGHTS}", encoding="utf-8")
    return made


@pytest.fixture
def small(folder: Path) -> Assistant:
    return Assistant(open_shop(str(folder)))


def pinned(store: Store, *titles: str, user: str = "ann", shop: str = "small") -> str:
    board = store.boards.start(shop, user, "早会")
    for title in titles:
        store.boards.pin(board, user, Pin(title, "zh", SALES, form="table"))
    return board


def tiles(test: AppTest) -> list[str]:
    return [plain(m.value).removeprefix("#### ") for m in test.main.markdown if m.value.startswith("#### ")]


def test_an_answer_is_pinned_and_shown_on_the_board(page: Opened, store: Store) -> None:
    test = ask(page(), "11月卖得最好的5个品类")
    click(test, "pin-1")
    test.text_input(key="pin-title").set_value("畅销品类")
    test.text_input(key="pin-board-name").set_value("周会")
    click(test, "pin-now")
    (board,) = store.boards.of("completejourney", "")
    assert board.title == "周会"
    test = page(first="board")
    assert [h.value for h in test.header] == ["周会"] and tiles(test) == ["畅销品类"]
    assert not test.dataframe and any("最高的 5 个品类" in t for t in texts(test))
    click(test, f"ask-{store.boards.pins(board.id)[0].id}")


def test_tiles_are_arranged_renamed_and_taken_off(page: Opened, store: Store, small: Assistant) -> None:
    board = pinned(store, "a", "b", "c")
    one, two, three = (p.id for p in store.boards.pins(board))
    test = page(first="board", of=small, user="ann")
    assert tiles(test) == ["a", "b", "c"]
    click(test, f"board_up-{three}")
    assert tiles(test) == ["a", "c", "b"]
    click(test, f"unpin-{one}")
    test.text_input(key=f"tile-title-{two}").set_value("**d**").run()
    test.segmented_control(key=f"width-{two}").set_value(6).run()
    assert tiles(test) == ["c", "**d**"] and [p.width for p in store.boards.pins(board)] == [3, 6]
    test.text_input(key=f"board-title-{board}").set_value("晚会")
    click(test, "board-rename")
    assert test.header[0].value == "晚会"
    click(test, "board-remove")
    assert store.boards.of("small", "ann") == () and tiles(test) == []


def test_several_boards(page: Opened, store: Store, small: Assistant) -> None:
    first = pinned(store, "a")
    test = page(first="board", of=small, user="ann")
    test.text_input(key="board-name").set_value("二")
    click(test, "board-make")
    assert test.header[0].value == "二" and tiles(test) == []
    second = store.boards.of("small", "ann")[1].id
    test.selectbox(key=f"board-{second}-2").set_value(first).run()
    assert tiles(test) == ["a"] and test.query_params["b"] in (first, [first])


def test_a_shared_board_is_shown_under_the_rights_of_who_looks(page: Opened, store: Store, small: Assistant) -> None:
    board = pinned(store, "渠道")
    assert len(page(first="board", of=small, user="ann").dataframe[0].value) == 2
    test = page(first="board", of=small, user="bob", b=board)
    assert test.dataframe[0].value["channel"].tolist() == ["web"]
    assert not test.text_input and not [b for b in test.button if b.key.startswith(("board_", "unpin", "board-re"))], "read-only"
    for other in ("nothing", pinned(store, "别处", shop="elsewhere", user="bob")):
        assert tiles(page(first="board", of=small, user="bob", b=other)) == []


def test_a_tile_that_cannot_be_asked_shows_its_last_good_state(page: Opened, store: Store, small: Assistant, folder: Path) -> None:
    board = pinned(store, "渠道")
    page(first="board", of=small, user="ann")
    page(first="board", of=small, user="bob", b=board)
    shutil.copy(folder / "small.duckdb", folder / "kept.duckdb")
    (folder / "small.duckdb").write_bytes(b"not a database")
    for user, rows in (("ann", 2), ("bob", 1)):
        test = page(first="board", of=small, user=user, b=board)
        assert len(test.dataframe[0].value) == rows
        assert any("现在无法更新" in plain(w.value) for w in test.warning)
    with duckdb.connect(str(folder / "kept.duckdb")) as connection:
        connection.execute("INSERT INTO orders VALUES (DATE '2024-05-02', 7.0, 'shop')")
    (folder / "kept.duckdb").replace(folder / "small.duckdb")
    test = page(first="board", of=small, user="ann")
    assert len(test.dataframe[0].value) == 3 and not test.warning


def test_a_tile_is_subscribed_where_the_settings_name_the_user(page: Opened, store: Store, small: Assistant, folder: Path) -> None:
    board = pinned(store, "渠道")
    (pin,) = store.boards.pins(board)
    assert not [b for b in page(first="board", of=small, user="ann").button if b.key == f"subscribe-{pin.id}"], "no channels, no button"
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as settings:
        settings.write('channels: {email: {host: 127.0.0.1, security: none, sender: a@b.c, places: {team@b.c: [ann], other@b.c: [bob]}}}\n')
    configured = Assistant(open_shop(str(folder)))
    test = page(first="board", of=configured, user="ann")
    click(test, f"subscribe-{pin.id}")
    assert test.selectbox(key="sub-to").options == ["email:team@b.c"]
    test.text_input(key="sub-when").set_value("高于五个苹果")
    click(test, "sub-now")
    assert "不是可用的条件" in test.session_state["sub-error"] and store.subscriptions.of("small") == ()
    click(test, f"subscribe-{pin.id}")
    test.segmented_control(key="sub-every").set_value("week")
    test.selectbox(key="sub-on").set_value(3)
    click(test, "sub-now")
    (made,) = store.subscriptions.of("small", "ann")
    assert (made.title, made.form, made.place, made.schedule) == ("渠道", "table", "team@b.c", {"every": "week", "at": "09:00", "on": 3})
    assert made.query["group_by"] == SALES["group_by"] and made.lang == "zh" and made.condition is None
