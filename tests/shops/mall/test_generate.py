"""The command, and that the same seed gives the same files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from semantic_layer.shops.mall import generate as command
from semantic_layer.shops.mall.settings import months
from tests.malls import SCALE
from tests.shops.mall.conftest import Mall


def digests(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def january(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the first month is made."""
    monkeypatch.setattr(command, "months", lambda: months()[:1])


def test_the_same_seed_gives_the_same_files_byte_for_byte(mall: Mall, january: None, tmp_path: Path) -> None:
    command.generate(tmp_path / "a", SCALE, seed=1)
    # What was there is replaced, but nothing beside it.
    (tmp_path / "b" / "sources").mkdir(parents=True)
    (tmp_path / "b" / "sources" / "old.csv").touch()
    (tmp_path / "b.txt").touch()
    assert command.main(["--scale", str(SCALE), "--out", str(tmp_path / "b")]) == 0
    assert (tmp_path / "b.txt").exists()
    a = digests(tmp_path / "a")
    assert a == digests(tmp_path / "b")
    assert len(a) > 80
    # What one month holds does not depend on whether others are made.
    whole = digests(mall.folder)
    for file in ("sources/orders/2025-01.parquet", "sources/mini_orders/2025-01.csv", "sources/app_events/2025-01.parquet", "sources/users.jsonl"):
        assert a[file] == whole[file]


def test_another_seed_gives_other_files(mall: Mall, january: None, tmp_path: Path) -> None:
    command.generate(tmp_path, SCALE, seed=2)
    assert digests(tmp_path)["truth/orders/2025-01.parquet"] != digests(mall.folder)["truth/orders/2025-01.parquet"]


@pytest.mark.parametrize("scale", ["0.01", "11"])
def test_a_scale_that_is_not_supported_is_named(scale: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--scale", scale, "--out", str(tmp_path)]) == 2
    assert "0.02 to 10" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_sizes_are_those_of_the_scale(mall: Mall) -> None:
    totals = mall.truth["totals"]
    assert totals["users"] == 400
    assert totals["products"] == 240
    assert totals["orders"] == pytest.approx(300_000 * SCALE, rel=0.15)
    assert totals["events"] == pytest.approx(5_000_000 * SCALE, rel=0.15)


def test_the_data_go_from_the_first_day_to_the_last(mall: Mall) -> None:
    span = mall.rows("SELECT min(CAST(ordered_at AS DATE)), max(CAST(ordered_at AS DATE)), count(DISTINCT CAST(ordered_at AS DATE)) FROM orders")[0]
    assert [str(x) for x in span] == ["2025-01-01", "2026-06-30", "546"]


def test_every_source_is_delivered(mall: Mall) -> None:
    names = {p.name for p in mall.source("").iterdir()}
    assert names == {
        "app_events", "assignments.parquet", "calendar.csv", "campaign_members.parquet", "coupon_grants.parquet", "coupons.csv", "devices.parquet",
        "experiments.csv", "id_map", "marketing.xlsx", "messages", "mini_events", "mini_order_lines", "mini_orders", "order_lines", "orders", "payments",
        "products.csv", "questions", "reference", "returns", "reviews", "service", "shipments", "stock", "traffic_sources.csv", "users.jsonl",
    }  # fmt: skip
