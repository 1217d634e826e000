"""What can be wrong with a shop, each thing one check that says what to do. Builds nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from semantic_layer.catalog.check import check_catalog
from semantic_layer.engines import DuckDBEngine, Limits
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import ShopError
from semantic_layer.health import Check, tried
from semantic_layer.shops.data_health import data_health
from semantic_layer.shops.definition import CATALOG, SETTINGS
from semantic_layer.shops.roles import check_roles, read_roles
from semantic_layer.shops.settings import ModelSettings, Settings, read_settings
from semantic_layer.shops.shop import packaged_shops, shop_folders
from semantic_layer.shops.unmade import check_refreshed
from semantic_layer.sources.load import SOURCES, load_sources
from semantic_layer.sources.refresh import last_refresh

_SHOWN = 3  # problems of a catalog


def built_shops() -> list[str]:
    """The packaged shops whose data are there."""
    return [name for name in packaged_shops() if _database(name).is_file()]


def shop_checks(which: str) -> Iterator[Check]:
    """A shop's settings, database, worker process, limits, roles, catalog and sources; what depends on something broken is left out."""
    try:
        folder, data = shop_folders(which)
        settings, _ = read_settings(folder)
    except ShopError as error:
        yield Check("settings", "wrong", error.text("en"), error.text("zh"), which)
        return
    path = data / settings.database
    yield tried("limits", lambda: _limits(which, settings), which)
    database = tried("database", lambda: _opened(which, path), which)
    yield database
    if database.status == "wrong":
        return
    yield tried("worker", lambda: _worker(which, path, settings), which)
    if settings.rights or settings.rights_file:
        yield tried("roles", lambda: _roles(which, path, folder), which)
    yield tried("catalog", lambda: _catalog(which, path, folder), which)
    if (folder / SOURCES).is_file():
        sources = tried("sources", lambda: _sources(which, folder, data), which)
        yield sources
        if sources.status == "ok":
            yield tried("data", lambda: _data(which), which)


def encoder_of(which: str) -> str | None:
    """The encoder that a shop names; none where its settings cannot be read."""
    try:
        return read_settings(shop_folders(which)[0])[0].encoder
    except ShopError:
        return None


def model_of(which: str) -> ModelSettings:
    """The settings of a shop's language model; those of none where its settings cannot be read."""
    try:
        return read_settings(shop_folders(which)[0])[0].model
    except ShopError:
        return ModelSettings()


def _database(name: str) -> Path:
    folder, data = shop_folders(name)
    return data / read_settings(folder)[0].database


def _opened(which: str, path: Path) -> Check:
    """Opens the file as a question would: there, readable, not held by a writer, of a version that this DuckDB reads."""
    if which in packaged_shops() and not path.exists():
        command = f"wenshu catalog check {which}"
        return Check("database", "wrong", f"Not built yet. To build it, run: {command}", f"尚未生成。如需生成，请运行：{command}", which)
    check_refreshed(shop_folders(which)[0], path)
    with Introspector(path) as inspector:
        count = len(inspector.tables())
    engine = version("duckdb")
    stamp = path.with_name("built-by")
    if which in packaged_shops() and stamp.is_file() and (builder := stamp.read_text(encoding="utf-8")) != f"duckdb {engine}":
        return Check(
            "database", "advice", f"{path}: written by {builder}; it is built anew with {engine} when it is next used.",
            f"{path}：由 {builder} 写成；下次使用时会用 {engine} 重新生成。", which,
        )  # fmt: skip
    return Check("database", "ok", f"{path}: {count} tables, read by DuckDB {engine}", f"{path}：{count} 张表，DuckDB {engine} 可读", which)


def _worker(which: str, path: Path, settings: Settings) -> Check:
    with contextlib.closing(DuckDBEngine(path, Limits(**settings.limits.model_dump()))) as engine:
        found = engine.run("SELECT 1", cache=False).rows
    if found != [(1,)]:
        raise ShopError(f"The worker process answered {found} to SELECT 1.", f"工作进程对 SELECT 1 的回答是 {found}。")
    return Check("worker", "ok", "the worker process starts and answers", "工作进程可以启动并回答", which)


def _limits(which: str, settings: Settings) -> Check:
    """What a query may use, against what there is."""
    memory, threads = _memory(), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = settings.limits
    en = f"{limits.memory_mb:,} MB and {limits.threads or threads} threads a query, of {memory or 0:,} MB and {threads} processors"
    zh = f"每个查询 {limits.memory_mb:,} MB、{limits.threads or threads} 线程；本机 {memory or 0:,} MB、{threads} 个处理器"
    if memory is not None and limits.memory_mb > memory:
        return Check("limits", "wrong", f"{en}. Lower limits.memory_mb in wenshu.yaml.", f"{zh}。请调低 wenshu.yaml 中的 limits.memory_mb。", which)
    if limits.threads is not None and limits.threads > threads:
        return Check("limits", "advice", f"{en}. Lower limits.threads in wenshu.yaml.", f"{zh}。请调低 wenshu.yaml 中的 limits.threads。", which)
    return Check("limits", "ok", en, zh, which)


def _memory() -> int | None:
    """What this computer, or the container, lets processes use, in 10^6 bytes; none where the system does not say."""
    found = []
    with contextlib.suppress(ValueError, OSError, AttributeError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for bound in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            found.append(int(Path(bound).read_text(encoding="ascii")))
    return min(found) // 1_000_000 if found else None


def _roles(which: str, path: Path, folder: Path) -> Check:
    settings, source = read_settings(folder)
    file = folder / SETTINGS
    roles, where = (settings, source) if settings.rights_file is None else read_roles(file := folder / settings.rights_file)
    with Introspector(path) as inspector:
        check_roles(roles, where, file, inspector.tables())
    names = ", ".join(r.role for r in roles.rights)
    return Check("roles", "ok", names, names, which)


def _sources(which: str, folder: Path, data: Path) -> Check:
    """sources.yaml, and whether the last refresh could take everything in."""
    load_sources(folder)
    last, command = last_refresh(data / ".wenshu"), f"wenshu refresh --shop {which}"
    if last is None:
        return Check("sources", "advice", f"Never refreshed. Run: {command}", f"从未刷新。请运行：{command}", which)
    if last.stopped:
        see = f"wenshu health --shop {which}"
        en = "".join(f"\n    {name}: {said.en}" for name, said in last.stopped.items()) + f"\n    See: {see}"
        zh = "".join(f"\n    {name}：{said.zh}" for name, said in last.stopped.items()) + f"\n    请看：{see}"
        return Check("sources", "wrong", f"Stopped at the last refresh ({last.at}):{en}", f"上次刷新（{last.at}）时停下：{zh}", which)
    return Check("sources", "ok", f"last refreshed {last.at[:19]} (time of the shop)", f"上次刷新于 {last.at[:19]}（店铺时间）", which)


def _data(which: str) -> Check:
    """What is wrong with the data, in one line; the whole report is another command's."""
    health = data_health(which, whole=False)
    if health is None:
        return Check("data", "ok", "no sources", "没有来源", which)
    late = [f.source for f in health.findings if f.kind == "late"]
    others = sum(f.is_open for f in health.findings) - len(late)
    held = sum(s.quarantined for s in health.sources)
    en = [f"{held:,} of {sum(s.records for s in health.sources):,} rows are in quarantine"]
    zh = [f"{sum(s.records for s in health.sources):,} 行中有 {held:,} 行被隔离"]
    if late:
        en.append(f"nothing new from {', '.join(late)}")
        zh.append(f"{'、'.join(late)} 没有新数据")
    if others:
        en.append(f"{others} open problem(s)")
        zh.append(f"{others} 个尚未解决的问题")
    command = f"wenshu health --shop {which}"
    return Check("data", "advice" if late or others else "ok", f"{'; '.join(en)}. See: {command}", f"{'；'.join(zh)}。请看：{command}", which)


def _catalog(which: str, path: Path, folder: Path) -> Check:
    with Introspector(path) as inspector:
        problems = sorted(p for p in check_catalog(folder / CATALOG, inspector) if p.severity == "error")
    if not problems:
        return Check("catalog", "ok", "no problems", "没有问题", which)
    first = "".join(f"\n    {p}" for p in problems[:_SHOWN])
    command = f"wenshu catalog check {which}"
    return Check("catalog", "wrong", f"{len(problems)} problem(s). See: {command}{first}", f"{len(problems)} 处错误。请看：{command}{first}", which)
