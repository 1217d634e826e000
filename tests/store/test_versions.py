"""Stores of other versions: an older one is brought to this version with all that is in it, a newer one is left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.schema import CreateTable

from assistant.store import Conversation, Turn, open_store
from assistant.store.opening import MIGRATIONS
from assistant.store.schema import metadata
from semantic_layer.errors import StoreError

if TYPE_CHECKING:
    from assistant.store.store import Store

AT = dt.datetime(2024, 6, 18, 7, 30, 0, 123456, dt.UTC)
# The tables as version 1 had them, filled as it filled them.
ROWS_OF_1 = """
INSERT INTO wenshu_conversations VALUES ('c1', 'tea', 'ann', '销售', '2024-06-18 07:30:00.123456', '2024-06-18 07:30:00.123456');
INSERT INTO wenshu_turns VALUES
    ('c1', 1, '上月销售额', 'zh', 'answered', '{"metrics": [{"metric": "sales"}]}', '{"rows": [["\\u7eff\\u8336", 0.1]]}', '2024-06-18 07:30:00.123456'),
    ('c1', 2, 'best?', 'en', 'clarify', NULL, '{"rows": []}', '2024-06-18 07:30:00.123456');
"""


def config(connection: Connection | None = None) -> Config:
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def run(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each.replace(":", r"\:")))
    engine.dispose()


def made_at(url: str, version: str) -> None:
    """A store of an older version."""
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(config(connection), version)
    engine.dispose()


@pytest.fixture
def place(url: str, request: pytest.FixtureRequest) -> str:
    """Where a store may be made without `open_store`."""
    if url.startswith("sqlite"):
        request.getfixturevalue("tmp_path").joinpath("folder").mkdir()
    return url


def test_a_store_of_version_1_keeps_what_is_in_it(place: str, opened: Callable[[str], Store]) -> None:
    made_at(place, "1")
    run(place, *filter(str.strip, ROWS_OF_1.split(";")))
    store = opened(place)
    assert store.conversations("tea", "ann") == (Conversation("c1", "销售", AT, AT),)
    assert store.turns("c1", "ann") == (
        Turn("上月销售额", "zh", "answered", {"rows": [["绿茶", 0.1]]}, {"metrics": [{"metric": "sales"}]}, 1, AT),
        Turn("best?", "en", "clarify", {"rows": []}, None, 2, AT),
    )
    store.remember("tea", "ann", "best", {"metrics": []}, "")
    assert store.append("c1", "ann", Turn("next", "en", "answered", {})) == 3


def test_a_store_of_version_2_keeps_what_is_in_it(place: str, opened: Callable[[str], Store]) -> None:
    made_at(place, "2")
    chosen = "INSERT INTO wenshu_choices VALUES ('tea', 'ann', 'best', 'sales', '{}', '2024-06-18 07:30:00.123456')"
    run(place, *filter(str.strip, ROWS_OF_1.split(";")), chosen)
    store = opened(place)
    assert len(store.turns("c1", "ann")) == 2 and [c.label for c in store.remembered("tea", "ann")] == ["sales"]
    assert store.boards.of("tea", "ann") == () and store.audit.asked("tea") == ()


def test_every_version_leads_to_the_tables_of_now(place: str) -> None:
    for version in reversed([s.revision for s in ScriptDirectory.from_config(config()).walk_revisions()]):
        made_at(place, version)
    open_store(place).close()
    engine = create_engine(place)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "wenshu_store_version", "compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "wenshu_store_version"}
    engine.dispose()


def test_a_store_of_a_newer_version_is_left_alone(url: str) -> None:
    open_store(url).close()
    run(url, "UPDATE wenshu_store_version SET version_num = '999'")
    with pytest.raises(StoreError, match="newer Wenshu") as error:
        open_store(url)
    assert "更新" in error.value.zh
    newest = ScriptDirectory.from_config(config()).get_current_head()
    run(url, f"UPDATE wenshu_store_version SET version_num = '{newest}' WHERE version_num = '999'")
    open_store(url).close()


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(place: str) -> None:
    made_at(place, "1")
    run(place, *filter(str.strip, ROWS_OF_1.split(";")), "CREATE TABLE wenshu_choices (other INTEGER)")
    with pytest.raises(StoreError):
        open_store(place)
    run(place, "DROP TABLE wenshu_choices")
    store = open_store(place)
    assert len(store.turns("c1", "ann")) == 2
    store.close()


def test_the_tables_of_others_are_left_alone(place: str) -> None:
    run(place, "CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('other')", "CREATE TABLE turns (a INTEGER)")
    open_store(place).close()
    engine = create_engine(place)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["other"]
    engine.dispose()


@pytest.mark.parametrize(("dialect", "collation"), [(mysql.dialect(), "utf8mb4_bin"), (mssql.dialect(), "Latin1_General_BIN2")], ids=["mysql", "mssql"])
def test_ann_is_not_ann_in_capitals_elsewhere(dialect: object, collation: str) -> None:
    made = str(CreateTable(metadata.tables["wenshu_choices"]).compile(dialect=dialect))  # type: ignore[arg-type]
    assert made.count(f"COLLATE {collation}") == 3
