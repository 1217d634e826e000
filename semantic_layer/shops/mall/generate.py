"""Makes the mall: `python -m semantic_layer.shops.mall.generate --scale 1 --seed 1 --out FOLDER`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from semantic_layer.engines.workbench import Workbench
from semantic_layer.errors import WenshuError
from semantic_layer.shops.mall import chunk, conformed, coupons, dims, marketing, stock, truth, whole, world
from semantic_layer.shops.mall.delivery import after, dirt, log, master, promotion, trade, warehouse
from semantic_layer.shops.mall.settings import Size, months


def generate(out: Path, scale: float = 1.0, seed: int = 1) -> None:
    """Writes `sources/` and `truth/` into a folder, in place of what is there under these names. Raises UsageError, ShopError."""
    size = Size(scale, seed)
    for name in ("sources", "truth"):
        shutil.rmtree(out / name, ignore_errors=True)
    with Workbench() as bench:
        made = world.make(size)
        grants = coupons.grant(size, made.people)
        dims.prepare(bench, made)
        dirt.prepare(bench)
        master.prepare(bench)
        whole.prepare(bench, made)
        truth.prepare(bench)
        for month in months():
            for block, first, end in size.blocks():
                _chunk(bench, made, grants, chunk.Part(month, block, first, end), out)
        whole.granted(bench, grants)
        _whole(bench, out)
        _messages(bench, made, out)
        _stock(bench, made, out)
        truth.write(bench, made, out / "truth")


def _keep(bench: Workbench, out: Path, table: str, label: str) -> None:
    bench.write(f"FROM clean_{table}", out / "truth" / table / f"{label}.parquet")


def _chunk(bench: Workbench, made: world.World, grants: coupons.Grants, part: chunk.Part, out: Path) -> None:
    chunk.make(bench, made, grants, part)
    conformed.conform(bench)
    for table in conformed.TABLES:
        _keep(bench, out, table, part.label)
    trade.deliver(bench, out / "sources", part.label)
    after.deliver(bench, out / "sources", part.label)
    log.deliver(bench, out / "sources", part.label, part.month, part.block)
    truth.gather(bench)


def _whole(bench: Workbench, out: Path) -> None:
    for table, sql in whole.FIXED.items():
        bench.run(f"CREATE TABLE clean_{table} AS {sql}")
        _keep(bench, out, table, "all")
    master.deliver(bench, out / "sources")
    promotion.deliver(bench, out / "sources")
    promotion.coupons(bench, out / "sources")


def _messages(bench: Workbench, made: world.World, out: Path) -> None:
    for campaign in range(len(marketing.CAMPAIGNS)):
        bench.table("message_rows", marketing.sends(made.size, made.marketing, campaign))
        bench.run(f"CREATE OR REPLACE TABLE clean_messages AS {whole.MESSAGES}")
        label = f"C{campaign + 1:02}"
        _keep(bench, out, "messages", label)
        promotion.messages(bench, out / "sources", label)


def _stock(bench: Workbench, made: world.World, out: Path) -> None:
    shelf = stock.open_shelves(made.stock)
    for month in months():
        bench.table("stock_rows", stock.evenings(made.stock, shelf, made.products, month.first, month.end))
        bench.run(f"CREATE OR REPLACE TABLE clean_stock_daily AS {whole.STOCK}")
        _keep(bench, out, "stock_daily", month.label)
        warehouse.deliver(bench, out / "sources", month.label)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit codes: 0 made, 1 failed, 2 called wrongly."""
    parser = argparse.ArgumentParser(prog="python -m semantic_layer.shops.mall.generate", description="Makes the data of the shop mall.")
    parser.add_argument("--scale", type=float, default=1.0, help="1 makes 20,000 users and 300,000 orders; from 0.02 to 10 (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same data (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write sources/ and truth/ into")
    chosen = parser.parse_args(arguments)
    try:
        generate(chosen.out, chosen.scale, chosen.seed)
    except WenshuError as error:
        print(error, file=sys.stderr)
        return 2 if error.code == "usage" else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
