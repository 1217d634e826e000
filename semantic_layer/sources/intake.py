"""Takes one source in: what is new or changed of it, into the ledger, in one transaction; or says why the source has to stop."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shlex
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from semantic_layer.engines.quoting import quoted
from semantic_layer.engines.writer import BadExpression
from semantic_layer.errors import Message, ShopError, hint
from semantic_layer.sources import mappings, raw
from semantic_layer.sources.ledger import Known, Ledger, rows_of
from semantic_layer.sources.mappings import Mappings
from semantic_layer.sources.models import SourceSpec, SourcesSpec
from semantic_layer.sources.reading import Batch, Seen, Unreadable, listed, read_batches
from semantic_layer.sources.reading.batch import Kind
from semantic_layer.sources.reading.files import fingerprint
from semantic_layer.sources.reading.read import extracted
from semantic_layer.sources.staging import FILE_BITS, Raw, sources_of, staged, table_columns, wanted
from semantic_layer.sources.standardise import Context

VERSION = 1  # raised when standardisers make other values of the same text, so that all is read again
_FEW = 20  # rows, of which all may be invalid without a column counting as retyped
_PART = 100_000_000  # bytes of files that are standardised in one statement
_PACKED = 4  # times that a Parquet file grows when it is unpacked
_SETTLED = 1.0  # seconds without a change, after which a file is taken to be written to its end

State = Literal["new", "same", "stopped"]


@dataclass
class Taken:
    """What became of one source: rows and reasons are of what was read now."""

    source: str
    state: State = "same"
    message: Message = field(default_factory=Message)
    read: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    rows: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    replaced: bool = False  # rows that were there before have been read again or removed


@dataclass(frozen=True)
class Round:
    """What all sources of one refresh have in common. `now` is on the shop's clock."""

    spec: SourcesSpec
    folder: Path
    into: Path
    context: Context
    mappings: Mappings
    now: dt.datetime
    salt_digest: str = ""
    full: bool = False
    accept: Collection[str] = ()
    dry_run: bool = False
    settled_only: bool = False
    progress: Callable[[Message], None] = lambda message: None
    shop: str = ""  # as the command line calls it

    def accepting(self, source: str) -> str:
        """The command that takes a source in although its values changed."""
        shop = self.shop or str(self.folder)
        return f"wenshu refresh --shop {shlex.quote(shop)} --accept {source}"


class _Undone(Exception):
    """Ends the transaction of a dry run."""


def take_in(ledger: Ledger, name: str, this: Round) -> Taken:
    """Takes in what is new or changed of a source. Raises nothing that stops the other sources."""
    taken = Taken(name)
    try:
        _take_in(ledger, name, this, taken)
    except _Undone:
        pass
    except (Unreadable, ShopError) as error:
        taken.state, taken.message = "stopped", _said(name, error)
    except OSError as error:
        file, why = error.filename or name, error.strerror or type(error).__name__
        taken.state, taken.message = "stopped", Message(f"{file} cannot be read: {why}.", f"无法读取 {file}：{why}。")
    return taken


def _said(name: str, error: Unreadable | ShopError) -> Message:
    if isinstance(error, BadExpression):
        detail = re.sub(r"^(\w+Exception: )?(\w+ )?\w+ Error: ", "", error.detail)  # the engine's class of error tells nobody anything
        return Message(
            f"An expression for {name} in sources.yaml cannot be computed: {detail}",
            f"sources.yaml 中来源 {name} 的一个表达式无法计算：{detail}",
        )
    return Message(error.en, error.zh)


@dataclass
class _Plan:
    """What is to be done with the files of a source."""

    read: list[tuple[Seen, str, dt.datetime]] = field(default_factory=list)  # with fingerprint, and when it was first seen
    outdated: list[int] = field(default_factory=list)
    touched: list[tuple[int, Seen]] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)


def _take_in(ledger: Ledger, name: str, this: Round, taken: Taken) -> None:
    source = this.spec.sources[name]
    recipe = _recipe(this, name)
    known_recipe = ledger.recipe(name)
    known = ledger.files(name)
    files = _listed(source, this)
    if not files and (not known or recipe != known_recipe):
        # Without files that were read before, or with another path, nothing says that there is really nothing.
        raise Unreadable(
            f"No file fits path: {source.path}, seen from {this.folder}. Correct path: in sources.yaml, or put the files there.",
            f"没有文件符合 path: {source.path}（从 {this.folder} 算起）。请更正 sources.yaml 里的 path:，或放好文件。",
        )
    plan = _planned(source, files, known, this, again=this.full or recipe != known_recipe)
    taken.read = [file.name for file, _, _ in plan.read]
    taken.gone = [k.name for k in plan.gone]
    if recipe != known_recipe and plan.gone and source.when_gone == "keep":
        names = [k.name for k in plan.gone][:3]
        raise Unreadable(
            f"sources.yaml reads {name} otherwise than before, and {len(plan.gone)} of its files are gone ({', '.join(names)}): their rows cannot be "
            "read again. Put the files back, or say when_gone: drop.",
            f"sources.yaml 改变了 {name} 的读取方式，而其中 {len(plan.gone)} 个文件已不在（{'、'.join(names)}），无法重新读取。"
            "请放回文件，或写明 when_gone: drop。",
        )
    vanished = [k for k in plan.gone if source.when_gone == "drop" or not k.gone]
    if not plan.read and not plan.outdated and not vanished and recipe == known_recipe:
        _touch(ledger, plan, this)
        return
    taken.state = "new"
    taken.replaced = bool(plan.outdated) or recipe != known_recipe or (bool(vanished) and source.when_gone == "drop")
    size = sum(file.size for file, _, _ in plan.read) / 1e6
    this.progress(Message(f": reading {len(plan.read)} file(s), {size:,.1f} MB", f"：读取 {len(plan.read)} 个文件，{size:,.1f} MB"))
    with ledger.writer.transaction():
        if recipe != known_recipe or not ledger.has_rows(name):
            ledger.make_rows(this.spec, name)
            ledger.writer.run("DELETE FROM files WHERE source = ?", [name])
        ledger.forget_files(name, [*plan.outdated, *([k.id for k in vanished] if source.when_gone == "drop" else [])])
        ledger.mark_gone(k.id for k in plan.gone if source.when_gone == "keep")
        batch = ledger.generation + 1
        kinds = {} if recipe != known_recipe or name in this.accept else ledger.kinds(name)
        numbered = _numbered(ledger, name, plan, batch)
        for part in _parts(numbered):
            for each in raw.together(ledger.writer, read_batches(source, part, this.into)):
                if each.shape == "parquet":
                    raw.count_parquet(ledger.writer, each)
                this.progress(Message(f": standardising {sum(each.records.values()):,} rows", f"：标准化 {sum(each.records.values()):,} 行"))
                try:
                    kinds = _stage(ledger, name, each, this, batch, kinds)
                finally:
                    each.close()
        for _, file in numbered:
            if source.path is not None and not file.still():
                raise Unreadable(f"{file.name} changed while it was read. It is taken in the next time.", f"{file.name} 在读取期间有变化，下次再读。")
        _look(ledger, name, this, batch, taken)
        ledger.note_source(name, recipe, kinds, this.now)
        ledger.set("generation", str(batch))
        if this.dry_run:
            raise _Undone


def _parts(numbered: Sequence[tuple[int, Seen]]) -> Iterator[list[tuple[int, Seen]]]:
    """The files in parts of about the same size: what a statement holds while it looks values up grows with its rows, on disk if not in memory."""
    part, size = list[tuple[int, Seen]](), 0
    for number, file in numbered:
        size += file.size * (_PACKED if file.path.suffix == ".parquet" else 1)
        part.append((number, file))
        if size >= _PART:
            yield part
            part, size = [], 0
    if part:
        yield part


def _touch(ledger: Ledger, plan: _Plan, this: Round) -> None:
    if not this.dry_run:
        for number, file in plan.touched:
            ledger.touch(number, file)


def _recipe(this: Round, name: str) -> str:
    """By what the rows of a source are made: another recipe means that all of it has to be read again. Raises Unreadable."""
    source, table = this.spec.sources[name], this.spec.table(this.spec.sources[name].into)
    used = [m for c in source.columns.values() for step in c.standardisers for m in step.mappings]
    rules = {n: r.model_dump(mode="json", exclude={"description", "severity", "stop_above"}) for n, r in table.rules.items()}
    parts = [
        VERSION,
        this.spec.timezone,
        this.salt_digest if any(c.personal for c in source.columns.values()) else "",
        mappings.digest(this.mappings, used),
        source.model_dump(mode="json", exclude={"continuous", "when_gone", "fresh_hours", "keeps_up", "exact_duplicates"}),
        rules,
        table.key,
        this.spec.columns(source.into),
    ]
    return hashlib.md5(json.dumps(parts, default=str).encode(), usedforsecurity=False).hexdigest()


def _listed(source: SourceSpec, this: Round) -> list[Seen]:
    """The files of a source; of a database its table. Raises Unreadable."""
    return [extracted(source, this.folder, this.into)] if source.path is None else listed(source.path, this.folder)


def _planned(source: SourceSpec, files: list[Seen], known: Mapping[str, Known], this: Round, *, again: bool) -> _Plan:
    plan = _Plan()
    settled = time.time_ns() - int(_SETTLED * 1e9) if this.settled_only else None
    for file in files:
        if settled is not None and file.changed_ns > settled:
            continue
        before = known.get(file.name)
        same_stat = before is not None and (before.size, before.changed_ns) == (file.size, file.changed_ns) and not before.gone
        if before is not None and same_stat and not again and source.path is not None:
            continue
        print_ = fingerprint(file)
        same = before is not None and before.fingerprint == print_
        if before is not None and same and not again:
            plan.touched.append((before.id, file))
            continue
        arrived = before.arrived_at if before is not None and same else _arrived(file, this)
        plan.read.append((file, print_, arrived))
        if before is not None:
            plan.outdated.append(before.id)
    names = {f.name for f in files}
    plan.gone = [k for k in known.values() if k.name not in names]
    return plan


def _arrived(file: Seen, this: Round) -> dt.datetime:
    """When a file was there at the latest, on the shop's clock."""
    written = dt.datetime.fromtimestamp(file.changed_ns / 1e9, ZoneInfo(this.spec.timezone)).replace(tzinfo=None)
    return min(written, this.now)


def _numbered(ledger: Ledger, name: str, plan: _Plan, batch: int) -> list[tuple[int, Seen]]:
    numbered = []
    for number, (file, print_, arrived) in enumerate(plan.read, ledger.next_file()):
        ledger.note_file(number, name, file, print_, arrived, batch)
        numbered.append((number, file))
    return numbered


def _stage(ledger: Ledger, name: str, batch: Batch, this: Round, number: int, kinds: dict[str, frozenset[Kind]]) -> dict[str, frozenset[Kind]]:
    """Standardises the rows of a batch into the ledger; gives the kinds of values that are known now. Raises Unreadable, ShopError."""
    writer, source = ledger.writer, this.spec.sources[name]
    present = raw.present(writer, batch)
    # Lines of JSON of which none is an object say nothing about columns.
    if present or batch.shape != "json":
        files = [str(writer.value("SELECT name FROM files WHERE id = ?", [n])) for n in batch.records]
        _check_columns(source, present, files, is_first=ledger.good_at(name) is None)
    names = [c for c in wanted(source) if not c.startswith("$")]
    found = raw.kinds(writer, batch, names)
    _check_kinds(found, kinds, this.accepting(name))
    keep_text = not any(c.personal for c in source.columns.values())
    have = set(wanted(source)) if batch.shape == "json" else set(present)
    raw.forget_rejects(writer)
    query = staged(this.spec, name, Raw(raw.rows(batch, wanted(source), present, keep_text=keep_text)), have, this.context)
    columns = ", ".join(quoted(c) for c in table_columns(this.spec, source))
    own = "_id, _hash, _why, _marks, _fixed, _raw"
    writer.run(f"INSERT INTO {rows_of(name)} (_batch, {own}, {columns}) SELECT {number}, {own}, {columns} FROM ({query})")
    ledger.add_rejected(name, [*batch.rejected, *raw.rejects(writer, batch)], number, keep_text=keep_text)
    ledger.count(batch.records)
    _check_count(ledger, name, batch)
    return {c: kinds.get(c, frozenset()) | found.get(c, frozenset()) for c in {*kinds, *found}}


def _check_columns(source: SourceSpec, present: list[str], files: list[str], *, is_first: bool) -> None:
    """Raises Unreadable for columns that are new or gone in some files; `is_first` says that nothing was ever read before."""
    needed = {c for n, said in source.columns.items() if not said.optional for c in sources_of(n, said)}
    taken = {_top(c) for c in wanted(source)}
    missing = sorted(c for c in needed if _top(c) not in present)
    new = [] if "*" in source.ignore else sorted(c for c in present if c not in taken and c not in source.ignore)
    if not missing and not new:
        return
    place = files[0] + (f" (+{len(files) - 1})" if len(files) > 1 else "")
    if missing:
        gone = Message(f"There is no column {', '.join(missing)}", f"没有列 {'、'.join(missing)}")
        if not is_first:
            gone += Message(" any more", "（原来有）")
        gone += Message(f" in {place}", f"（{place}）")
        if new:
            gone += Message(f", but a new one: {', '.join(new)}", f"，却有新列 {'、'.join(new)}")
        gone += Message(".", "。")
        if is_first:
            gone += Message(f" It has {', '.join(present)}.", f"文件中有：{'、'.join(present)}。") + hint(missing[0], present)
        raise Unreadable.of(gone + _HOW_TO_NAME + (_TWO_NAMES if source.path is not None else Message()))
    said = Message("There is a new column", "有新列")
    if is_first:
        said = Message("There is a column that sources.yaml does not name", "有 sources.yaml 没有写到的列")
    said += Message(
        f": {', '.join(new)}, in {place}. Take it under columns: or name it under ignore: in sources.yaml.",
        f"：{'、'.join(new)}（{place}）。请在 sources.yaml 的 columns: 中取用，或写入 ignore:。",
    )
    raise Unreadable.of(said)


_HOW_TO_NAME = Message(
    " If it was renamed, correct from: in sources.yaml; if it may be absent, say optional: true.",
    "如已改名，请更正 sources.yaml 里的 from:；如可以没有，请写 optional: true。",
)
_TWO_NAMES = Message(
    " If some files have the old name and some the new, write two sources into one table, each with a path: that fits only its files.",
    "如有的文件用旧名、有的用新名，请写成两个来源，写入同一张表，各自的 path: 只匹配自己的文件。",
)


def _top(column: str) -> str:
    """The key of an object that a path begins with."""
    return column.removeprefix("$.").split(".")[0].split("[")[0].strip('"') if column.startswith("$") else column


_KIND_NAMES = {"text": "文本", "number": "数字", "boolean": "真假", "time": "时间", "nested": "嵌套"}


def _check_kinds(found: Mapping[str, frozenset[Kind]], known: Mapping[str, frozenset[Kind]], accepting: str) -> None:
    """Raises Unreadable for a column that held one kind of values and now holds none of that kind."""
    for column, kinds in found.items():
        before = known.get(column, frozenset())
        if kinds and before and not kinds & before:
            was, is_ = sorted(before), sorted(kinds)
            raise Unreadable(
                f"The column {column} held {', '.join(was)} and now holds {', '.join(is_)}. "
                f"If that is meant, run: {accepting}",
                f"列 {column} 原来是{'、'.join(_KIND_NAMES[k] for k in was)}，现在是{'、'.join(_KIND_NAMES[k] for k in is_)}。"
                f"如确属有意，请运行：{accepting}",
            )


def _check_count(ledger: Ledger, name: str, batch: Batch) -> None:
    """Raises Unreadable where rows and rejected records are not all the records that were counted."""
    listed_ = ", ".join(map(str, batch.records))
    file = f"_id // {1 << FILE_BITS}"
    found = dict(ledger.writer.rows(f"SELECT {file} AS f, count(*) FROM {rows_of(name)} WHERE {file} IN ({listed_}) GROUP BY f"))
    wrong = {f: n for f, n in batch.records.items() if found.get(f, 0) != n}
    if wrong:
        file_name = ledger.writer.value("SELECT name FROM files WHERE id = ?", [next(iter(wrong))])
        got, counted = found.get(next(iter(wrong)), 0), next(iter(wrong.values()))
        raise Unreadable(
            f"{file_name}: {counted} records were counted and {got} read. Nothing of it is taken in; check its quotation marks and delimiter:.",
            f"{file_name}：数得 {counted} 条记录，读到 {got} 条。该来源未采用；请检查引号和 delimiter:。",
        )


def _look(ledger: Ledger, name: str, this: Round, batch: int, taken: Taken) -> None:
    """Counts what was read, and raises Unreadable where too much of it is wrong."""
    writer, source = ledger.writer, this.spec.sources[name]
    rows = f"(SELECT * FROM {rows_of(name)} WHERE _batch = {batch})"
    taken.rows, taken.quarantined = (int(n) for n in writer.rows(f"SELECT count(*), count(_why) FROM {rows}")[0])
    reasons = dict(
        writer.rows(
            f"SELECT code, count(*) FROM (SELECT unnest(string_split(concat_ws(';', _why, _fixed, _marks), ';')) AS code FROM {rows}) GROUP BY code"
        )
    )
    taken.reasons = {str(code): int(n) for code, n in sorted(reasons.items()) if code}
    if name in this.accept or not taken.rows:
        return
    typed = {c: said for c, said in source.columns.items() if said.as_}
    valid = writer.rows(f"SELECT {', '.join(f'count({quoted(c)})' for c in typed)} FROM {rows}")[0] if typed else ()
    for (column, said), good in zip(typed.items(), valid, strict=True):
        bad = sum(taken.reasons.get(f"{column}:{step.name}", 0) for step in said.standardisers)
        if bad + good >= _FEW and bad > source.max_invalid * (bad + good):
            raise _retyped(this.accepting(name), column, said.standardisers[-1].name, bad, bad + good)
    for rule, spec in this.spec.table(source.into).rules.items():
        broken = taken.reasons.get(rule if spec.then == "mark" else f"rule:{rule}", 0)
        if spec.stop_above is not None and broken > spec.stop_above * taken.rows:
            raise Unreadable(
                f"{broken} of {taken.rows} rows break the rule {rule}, more than stop_above: allows.",
                f"{taken.rows} 行中有 {broken} 行违反规则 {rule}，超过 stop_above: 的上限。",
            )


def _retyped(accepting: str, column: str, step: str, bad: int, of: int) -> Unreadable:
    return Unreadable(
        f"{bad} of {of} values for {column} are not what `{step}` reads, so the column seems to have changed. Correct as: in sources.yaml; "
        f"if the values are just bad, run: {accepting}",
        f"{column} 的 {of} 个值中有 {bad} 个不是 {step} 能识别的，该列似乎变了类型。请更正 sources.yaml 里的 as:；"
        f"如只是数据差，请运行：{accepting}",
    )
