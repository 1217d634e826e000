"""One refresh of a shop: every source taken in, the tables made anew, and put in place of the old ones, whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from semantic_layer.engines.quoting import literal
from semantic_layer.errors import Message, ShopError, WenshuError
from semantic_layer.sources.build import STATE, Account, Built, build_with_room, built_accounts, built_state, plan_of
from semantic_layer.sources.head import Base, NotByDelta, base_of, base_path, forget_bases, is_continuous, write_head
from semantic_layer.sources.history import Delivery, Refreshed, counted, note_refresh
from semantic_layer.sources.intake import Round, Taken, take_in
from semantic_layer.sources.ledger import Ledger
from semantic_layer.sources.load import load_sources
from semantic_layer.sources.mappings import make_mappings, mapping_table
from semantic_layer.sources.models import SourcesSpec
from semantic_layer.sources.quality import Broken, broken_rules
from semantic_layer.sources.standardise import Context

MEMORY_MB = 1_500
LEDGER = "ledger.duckdb"
Progress = Callable[[Message], None]


@dataclass(frozen=True)
class Place:
    """Where a shop's things are: `folder` holds sources.yaml, and paths in it are seen from `root`; `state` is what Wenshu keeps."""

    folder: Path
    root: Path
    database: Path
    state: Path
    shop: str = ""  # as the command line calls it

    @property
    def kept(self) -> Path:
        """The folder of what refreshing keeps."""
        return self.state / "sources"


@dataclass(frozen=True)
class Options:
    """What a refresh is asked to do."""

    full: bool = False
    dry_run: bool = False
    accept: Collection[str] = ()
    only: Collection[str] | None = None  # sources
    settled_only: bool = False  # files that are perhaps still being written wait for the next time
    beside_base: bool = False  # what came may be added beside the base of continuous sources, for speed
    memory_mb: int = MEMORY_MB


@dataclass
class Report:
    """What a refresh did. `built` is None where the tables are as they were."""

    sources: list[Taken]
    built: Built | None = None
    dry_run: bool = False
    kept: list[Account] = field(default_factory=list)  # the accounts of tables that are as they were
    good_at: dict[str, dt.datetime | None] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)  # the rules that rows of the new tables broke, all rows of them
    conflicts: dict[str, int] = field(default_factory=dict)
    stale: dict[str, float] = field(default_factory=dict)  # hours without anything new, of sources that should have had some
    now: dt.datetime = dt.datetime.min

    @property
    def stopped(self) -> list[Taken]:
        """The sources that keep their last good data."""
        return [t for t in self.sources if t.state == "stopped"]

    @property
    def accounts(self) -> list[Account]:
        """Where the records of each source ended, in the tables as they are now."""
        return self.built.accounts if self.built else self.kept


def refresh(
    place: Place, options: Options | None = None, progress: Progress = lambda message: None, clock: Callable[[], dt.datetime] | None = None
) -> Report:
    """Refreshes a shop. Raises ShopError for mistakes in sources.yaml, and where nothing can be done at all.

    A source that cannot be taken in stops alone, and is named in the report. `clock` gives the time with a zone.
    """
    options = options or Options()
    spec = load_sources(place.folder)
    unknown = sorted({*options.accept, *(options.only or ())} - set(spec.sources))
    if unknown:
        raise ShopError(f"There is no source {', '.join(unknown)} in sources.yaml.", f"sources.yaml 里没有来源 {'、'.join(unknown)}。")
    now = (clock or (lambda: dt.datetime.now(dt.UTC)))().astimezone(ZoneInfo(spec.timezone)).replace(tzinfo=None)
    if options.dry_run and not (place.kept / LEDGER).exists():
        # Before the first refresh there is nothing to compare with, and nothing may be left behind.
        with tempfile.TemporaryDirectory(prefix="wenshu-dry-run-") as state:
            return _held(replace(place, state=Path(state)), spec, options, progress, now)
    return _held(place, spec, options, progress, now)


def _held(place: Place, spec: SourcesSpec, options: Options, progress: Progress, now: dt.datetime) -> Report:
    place.kept.mkdir(parents=True, exist_ok=True)
    with Ledger(place.kept / LEDGER, memory_mb=options.memory_mb) as ledger:
        _clear_up(place)
        with tempfile.TemporaryDirectory(prefix="reading-", dir=place.kept) as into:
            report = _refresh(ledger, spec, place, options, progress, now, Path(into))
    if not options.dry_run:
        _keep(place, report, whole=options.only is None)
        if report.built is not None and options.only is None:  # not of every batch that comes in between
            _remember(place, spec, report)
    return report


def _remember(place: Place, spec: SourcesSpec, report: Report) -> None:
    """Adds what is counted now to the history. What cannot be counted is left: the tables are in place."""
    at = f"{report.now:%Y-%m-%d %H:%M:%S}"
    deliveries = tuple(Delivery(at, a.source, a.table, a.records, a.quarantined, a.exact_duplicates) for a in report.accounts)
    with suppress(WenshuError):
        note_refresh(place.kept, Refreshed(at, deliveries, counted(place.database, STATE, spec.table_names)))


def _refresh(ledger: Ledger, spec: SourcesSpec, place: Place, options: Options, progress: Progress, now: dt.datetime, into: Path) -> Report:
    names = [n for n in spec.sources if options.only is None or n in options.only]
    mappings = make_mappings(ledger.writer, spec, place.root, into, names)
    salt = _salt(place.kept)
    ledger.writer.run(f"SET VARIABLE wenshu_salt = {literal(salt)}")
    context = Context(spec.timezone, "getvariable('wenshu_salt')", mapping_table)
    this = Round(
        spec, place.root, into, context, mappings, now, hashlib.sha256(salt.encode()).hexdigest()[:8],
        options.full, options.accept, options.dry_run, options.settled_only, shop=place.shop or str(place.folder),
    )  # fmt: skip
    report = Report([], dry_run=options.dry_run, conflicts=mappings.conflicts, now=now)
    for i, name in enumerate(names, 1):
        said = Message(f"{name} ({i} of {len(names)})", f"{name}（{i}/{len(names)}）")
        this = replace(this, progress=partial(_told, progress, said))
        report.sources.append(take_in(ledger, name, this))
    if not options.dry_run:
        with ledger.writer.transaction():
            if ledger.drop_unknown(spec.sources):
                ledger.set("generation", str(ledger.generation + 1))
        if built_state(ledger.writer, place.database) != (ledger.generation, plan_of(spec)):
            progress(Message("making the tables", "正在生成数据表"))
            report.built = _publish(ledger, spec, place, report, options, now)
            report.broken = broken_rules(ledger.writer, place.database)
        else:
            report.kept = built_accounts(ledger.writer, place.database)
    report.good_at = {n: ledger.good_at(n) for n in spec.sources}
    for name, source in spec.sources.items():
        newest = ledger.newest(name)
        if source.fresh_hours is not None and newest is not None:
            hours = (now - newest).total_seconds() / 3600
            if hours > source.fresh_hours:
                report.stale[name] = round(hours, 1)
    return report


def _told(progress: Progress, said: Message, message: Message) -> None:
    progress(said + message)


def _publish(ledger: Ledger, spec: SourcesSpec, place: Place, report: Report, options: Options, now: dt.datetime) -> Built:
    """Puts the tables in place: one file, or a head over a base, of which only the head is new where that will do."""
    if not is_continuous(spec):
        built = build_with_room(ledger, spec, place.database, now, options.memory_mb)
        forget_bases(place.kept, place.database)
        return built
    state = built_state(ledger.writer, place.database)
    small = options.beside_base and state is not None and state[1] == plan_of(spec)
    if small and all(t.state != "new" or (spec.sources[t.source].continuous and not t.replaced) for t in report.sources):
        base = base_of(ledger.writer, place.database)
        with suppress(NotByDelta):
            if base is not None:
                return write_head(ledger, spec, place.database, base, now)
    base = Base(base_path(place.kept, ledger.generation), ledger.generation)
    built = build_with_room(ledger, spec, base.path, now, options.memory_mb)
    head = write_head(ledger, spec, place.database, base, now)
    forget_bases(place.kept, base.path)
    head.left_out, head.notes = built.left_out, built.notes
    return head


def _salt(folder: Path) -> str:
    """The shop's secret for hashes, made when it is first needed."""
    named = os.environ.get("WENSHU_SALT")
    if named:
        return named
    path = folder / "salt"
    if not path.exists():
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()


def _clear_up(place: Place) -> None:
    """Removes what a refresh left behind that was cut off; the ledger is held, so there is no other."""
    import shutil

    for folder in (*place.kept.glob("reading-*"), *place.database.parent.glob(".building-*"), *place.kept.glob(".building-*")):
        shutil.rmtree(folder, ignore_errors=True)


LAST = "last-refresh.json"


@dataclass(frozen=True)
class Last:
    """What the last refresh found: when it was, the sources that stopped with the reason, and those without anything new for too long."""

    at: str
    sources: int
    stopped: dict[str, Message]
    stale: dict[str, float]
    good_at: dict[str, str] = field(default_factory=dict)  # when sources were last taken in without a mistake


def last_refresh(state: Path) -> Last | None:
    """What is kept of the last refresh in a shop's folder of state; None where there is nothing that can be read."""
    found = _kept(state)
    try:
        stopped = {s["source"]: Message(s["en"], s["zh"]) for s in found["sources"] if s["state"] == "stopped"}
        good = {s["source"]: str(s["good_at"]) for s in found["sources"] if s.get("good_at")}
        return Last(found["at"], len(found["sources"]), stopped, found["stale_hours"], good)
    except (KeyError, TypeError):
        return None


def _kept(state: Path) -> dict[str, Any]:
    try:
        found = json.loads((state / "sources" / LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(place: Place, report: Report, *, whole: bool) -> None:
    """Keeps what the last refresh said, for reports: also where nothing was built."""
    sources = [
        {
            "source": t.source, "state": t.state, "en": t.message.en, "zh": t.message.zh, "files_read": len(t.read), "files_gone": len(t.gone),
            "rows": t.rows, "quarantined": t.quarantined, "reasons": t.reasons, "good_at": report.good_at.get(t.source),
        }
        for t in report.sources
    ]  # fmt: skip
    # What was not looked at this time is as it was.
    looked_at = {t.source for t in report.sources}
    sources += [s for s in _kept(place.state).get("sources", ()) if s.get("source") in report.good_at and s["source"] not in looked_at]
    conflicts = report.conflicts if whole else {**_kept(place.state).get("mapping_conflicts", {}), **report.conflicts}
    text = json.dumps(
        {"at": report.now, "sources": sources, "mapping_conflicts": conflicts, "stale_hours": report.stale},
        ensure_ascii=False,
        indent=1,
        default=str,
    )
    path = place.kept / LAST
    beside = path.with_suffix(".new")
    with suppress(OSError):
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
