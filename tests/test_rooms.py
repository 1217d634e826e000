"""Who reads data by which road: what import-linter cannot see."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("semantic_layer", "assistant", "eval", "prompts")


@cache
def files() -> dict[str, ast.Module]:
    """Every file of the rooms, read once."""
    paths = [p for room in ROOMS for p in (ROOT / room).rglob("*.py")]
    return {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


@cache
def imported(file: str) -> set[str]:
    """What a file imports: modules, and names out of them."""
    names: set[str] = set()
    for node in ast.walk(files()[file]):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return names


def importers(*modules: str) -> set[str]:
    """The files outside the engine room that import one of the modules, or a name out of it."""
    found = {f for f in files() if any(name == m or name.startswith(f"{m}.") for name in imported(f) for m in modules)}
    return {f for f in found if not f.startswith("semantic_layer/engines/")}


def test_the_writer_and_the_introspector_are_imported_here_only() -> None:
    assert importers("semantic_layer.engines.admin") == {
        "eval/drivers/shop.py",  # made-up shops with planted causes
        "eval/mall/people.py",  # the score of a mall, over its tables
        "semantic_layer/catalog/draft/draft.py",
        "semantic_layer/catalog/draft/fields.py",
        "semantic_layer/catalog/draft/keys.py",
        "semantic_layer/catalog/draft/links.py",
        "semantic_layer/catalog/draft/profile.py",
        "semantic_layer/shops/build.py",
        "semantic_layer/shops/check.py",
        "semantic_layer/shops/completejourney/load.py",
        "semantic_layer/shops/database.py",
        "semantic_layer/shops/drafting.py",
        "semantic_layer/shops/effects.py",  # an operator's report, over metrics with and without some rows
        "semantic_layer/shops/exchange.py",
        "semantic_layer/shops/flights/load.py",
        "semantic_layer/shops/health.py",
        "semantic_layer/shops/revision.py",
        "semantic_layer/shops/starting.py",
        "semantic_layer/shops/wholesale/load.py",
        "semantic_layer/sources/build.py",  # only the place to build in
        "semantic_layer/sources/head.py",  # likewise
        "semantic_layer/sources/health/state.py",
        "semantic_layer/sources/history.py",
    }


def test_what_a_refresh_writes_with_is_imported_here_only() -> None:
    assert importers("semantic_layer.engines.writer") == {
        "semantic_layer/sources/build.py",
        "semantic_layer/sources/finish.py",
        "semantic_layer/sources/head.py",
        "semantic_layer/sources/health/touched.py",
        "semantic_layer/sources/intake.py",
        "semantic_layer/sources/ledger.py",
        "semantic_layer/sources/mappings.py",
        "semantic_layer/sources/people.py",
        "semantic_layer/sources/propose/propose.py",
        "semantic_layer/sources/propose/trial.py",
        "semantic_layer/sources/quality.py",
        "semantic_layer/sources/raw.py",
        "semantic_layer/sources/resolve.py",
    }


def test_copies_of_other_databases_are_made_here_only() -> None:
    assert importers("semantic_layer.engines.foreign") == {
        "semantic_layer/shops/drafting.py",
        "semantic_layer/shops/starting.py",
        "semantic_layer/sources/reading/read.py",
    }


def test_data_are_made_up_for_the_mall_and_for_measuring_only() -> None:
    assert all(
        f.startswith(("semantic_layer/shops/mall/", "eval/drivers/", "eval/mall/", "eval/trends/"))
        for f in importers("semantic_layer.engines.workbench")
    )


def test_an_engine_is_opened_here_only() -> None:
    assert importers("semantic_layer.engines.DuckDBEngine", "semantic_layer.engines.duckdb") == {
        "eval/bench/run.py",
        "semantic_layer/catalog/draft/profile.py",  # only our names for types
        "semantic_layer/shops/database.py",
        "semantic_layer/shops/health.py",
        "semantic_layer/shops/revision.py",
    }
    assert importers("duckdb") == {"eval/bench/plain.py"}


def test_queries_run_by_way_of_the_gate_only() -> None:
    """Who calls `.run(...)` on an engine or a snapshot: the roles' access, the tried database, whether a worker starts, and what grades and times answers."""
    called = set()
    for file, tree in files().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
                on = ast.unparse(node.func.value)
                if "engine" in on or on in ("where", "data", "snapshot"):
                    called.add(file)
    assert {f for f in called if not f.startswith("semantic_layer/engines/")} == {
        "eval/bench/compiling.py",
        "eval/bench/peer.py",
        "eval/bench/run.py",
        "eval/verb.py",
        "semantic_layer/shops/access.py",
        "semantic_layer/shops/database.py",
        "semantic_layer/shops/health.py",
    }
