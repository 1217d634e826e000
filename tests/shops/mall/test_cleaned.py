"""The small mall by way of the pipeline, scored against its truth; and that the scores fall where something is wrong."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from assistant.ask import Assistant
from eval.mall.opened import DATABASE
from eval.mall.people import score_people
from eval.mall.report import Figure, Scored, score, text
from semantic_layer.shops import open_shop
from semantic_layer.shops.shop import PACKAGED
from semantic_layer.sources.refresh import Place, refresh
from tests.shops.mall.conftest import Mall


@pytest.fixture(scope="module")
def cleaned(mall: Mall, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the mall's sources and truth, and the database that the pipeline made."""
    folder = tmp_path_factory.mktemp("cleaned")
    for name in ("sources", "truth"):
        os.symlink(mall.folder / name, folder / name)
    assert not refresh(Place(PACKAGED / "mall", folder, folder / DATABASE, folder / ".wenshu")).stopped
    return folder


@pytest.fixture(scope="module")
def scored(cleaned: Path) -> Scored:
    return score(cleaned)


def figure(scored: Scored, name: str) -> Figure:
    return next(f for f in scored.figures() if f.name.startswith(name))


def test_every_aim_is_reached(scored: Scored) -> None:
    assert [f for f in scored.figures() if not f.reached] == [], text(scored)
    assert "MISSED" not in text(scored)


def test_every_kind_of_dirt_is_scored(mall: Mall, scored: Scored) -> None:
    planted = {(source, kind) for source, kind in mall.rows("SELECT DISTINCT source, kind FROM latent_dirt WHERE source <> 'id_map/products'")}
    assert planted <= {(k.source, k.kind) for k in scored.kinds}
    assert sum(c.rows for c in scored.clean) > 200_000


def test_answers_about_deliveries_name_the_late_source(cleaned: Path, tmp_path: Path) -> None:
    for path in (cleaned / DATABASE, cleaned / ".wenshu"):
        os.symlink(path, tmp_path / path.name)
    shutil.copytree(PACKAGED / "mall" / "catalog", tmp_path / "catalog")
    for name in ("wenshu.yaml", "sources.yaml"):
        shutil.copy(PACKAGED / "mall" / name, tmp_path)
    shop = open_shop(str(tmp_path))
    try:
        assistant = Assistant(shop)
        late, zh, sales = (assistant.ask(q) for q in ("on-time rate in June 2026", "2026年6月的准时率", "sales in June 2026"))
    finally:
        shop.close()
    assert [a.status for a in (late, zh, sales)] == ["answered"] * 3
    assert any("before those of orders.ordered_at" in c for c in late.caveats) and any("数据止于 2026-06-25" in c for c in zh.caveats)
    assert not any("orders.ordered_at" in c for c in sales.caveats)


def test_who_is_one_person_in_three_systems_without_a_common_id(tmp_path: Path) -> None:
    people = score_people(tmp_path, 5_000, seed=2)
    assert people.reached, people.text()
    assert people.match.true > 2_000 and people.with_queue > people.match.recall


def test_mistakes_lower_the_scores(cleaned: Path, scored: Scored, tmp_path: Path) -> None:
    for name in ("sources", "truth"):
        os.symlink(cleaned / name, tmp_path / name)
    shutil.copy(cleaned / DATABASE, tmp_path)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        for statement in (
            "UPDATE orders SET amount = amount * 100 WHERE ordered_at < DATE '2025-03-01'",
            "DELETE FROM reviews WHERE created_at >= DATE '2026-06-01'",
            "INSERT INTO events SELECT * REPLACE (event_id || 'X' AS event_id) FROM events WHERE event_time >= DATE '2026-06-15'",
            "UPDATE events SET visitor_id = 'VIP0000001' WHERE device_id IN (SELECT device_id FROM devices LIMIT 100)",
            "UPDATE orders SET user_id = 'VIP0000001' WHERE channel = '小程序'",
            "UPDATE wenshu_state.quarantine SET reasons = 'no reason' WHERE reasons IN ('rule:from_the_future', 'key:repeated')",
            "UPDATE wenshu_state.accounts SET loaded = loaded + 1 WHERE source = 'stock'",
        ):
            connection.execute(statement)
    wrong = score(tmp_path)
    missed = {f.name for f in wrong.figures() if not f.reached}
    for name in (
        "sources whose",
        "dirty rows",
        "clean rows",
        "device to account, precision",
        "row to user by the ids of three systems, precision",
        "gmv paid",
        "reviews",
        "events",
    ):
        assert figure(wrong, name).name in missed, text(wrong)
    worse = {(k.source, k.kind) for k, before in zip(wrong.kinds, scored.kinds, strict=True) if k.right < before.right}
    assert {("app_events", "clock_ahead"), ("app_events", "resent"), ("orders", "total_missing")} <= worse
