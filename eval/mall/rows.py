"""Each dirty row repaired or set aside for the right reason, each clean row left alone: row by row, against the truth."""

from __future__ import annotations

from dataclasses import dataclass

from eval.mall.expected import BY_OTHER_ID, CHECKED, REPAIRED, TREATMENTS, UNMAPPED, Checked, Treatment
from eval.mall.opened import Opened
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.shops.shop import PACKAGED
from semantic_layer.sources.load import load_sources


@dataclass(frozen=True)
class Kind:
    """The rows of one kind of dirt, and how many were treated as they should be."""

    source: str
    kind: str
    rows: int
    right: int


@dataclass(frozen=True)
class Clean:
    """The rows of a table without dirt: how many were changed, left out, or made up."""

    table: str
    rows: int
    touched: int
    invented: int


def score_rows(mall: Opened) -> tuple[list[Kind], list[Clean]]:
    """All kinds of dirt, and the clean rows of all tables."""
    _note_unmapped(mall)
    _set_aside(mall)
    mall.bench.run("CREATE TABLE seen (source VARCHAR, row_id VARCHAR, here BOOLEAN, wrong VARCHAR[], lost VARCHAR[], marks VARCHAR)")
    spec, clean = load_sources(PACKAGED / "mall"), []
    for table, checked in CHECKED.items():
        taken_over = set(spec.table(table).lookups)
        _compare(mall, table, spec.table(table).key, [c for c in mall.columns(table) if c not in taken_over], checked)
        clean.append(_clean(mall, table, spec.table(table).key))
        mall.bench.run("INSERT INTO seen SELECT c.* FROM compared c SEMI JOIN dirt d ON d.source = c.source AND d.row_id = c.row_id")
    return [*_kinds(mall), *_unmapped_stock(mall)], clean


def _note_unmapped(mall: Opened) -> None:
    """Rows that name a product by an id that the table of ids lacks are dirty by that, though no list names them."""
    unmapped = "SELECT row_id FROM dirt WHERE source = 'id_map/products'"
    mall.bench.run(f"CREATE TABLE unmapped AS {unmapped}")
    for table, source in BY_OTHER_ID.items():
        key = _row_id(load_sources(PACKAGED / "mall").table(table).key)
        mine = f"({CHECKED[table].source}) = '{source}' AND {CHECKED[table].delivered}"
        mall.bench.run(
            f"INSERT INTO dirt SELECT {literal(source)}, {key}, {literal(UNMAPPED)} FROM truth.{quoted(table)} t "
            f"WHERE {mine} AND t.product_id IN (FROM unmapped)"
        )


def _set_aside(mall: Opened) -> None:
    """The rows in quarantine by their ids, where what stands of them says which they are."""
    mall.bench.run("CREATE TABLE aside (table_name VARCHAR, row_id VARCHAR, reason VARCHAR)")
    users = literal(str(mall.folder / "sources" / "id_map" / "users.csv"))
    spec = load_sources(PACKAGED / "mall")
    for table, checked in CHECKED.items():
        key = spec.table(table).key
        found = [f"raw ->> {literal('$.' + quoted(k))}" for k in checked.keys]
        if len(key) == 1:
            found.insert(0, f"raw ->> '$.{key[0]}'")
        if not found:
            continue
        each = f"coalesce({', '.join(found)}) AS k, unnest(string_split(reasons, ';')) AS reason"
        reasons = f"SELECT {each} FROM mall.wenshu_state.quarantine WHERE table_name = '{table}'"
        if table == "users":
            reasons = f"SELECT coalesce(crm_code, k) AS k, reason FROM ({reasons}) LEFT JOIN read_csv({users}, all_varchar = true) ON app_uuid = k"
        mall.bench.run(f"INSERT INTO aside SELECT '{table}', k, reason FROM ({reasons}) WHERE k IS NOT NULL")


def _compare(mall: Opened, table: str, key: tuple[str, ...], columns: list[str], checked: Checked) -> None:
    """Makes the table `compared`: each true row that was delivered, whether it is here, and the columns that are not as they are in truth."""
    said = dict(checked.true)
    rest = [c for c in columns if c not in key]
    wrong, lost = [], []
    for column in rest:
        true, arrived = said.get(column, f"t.{quoted(column)}"), f"a.{quoted(column)}"
        if column in checked.apart:
            true, arrived = f"({true} IS NULL)", f"({arrived} IS NULL)"
        elif column in checked.to_the_minute:
            true, arrived = f"date_trunc('minute', {true})", f"date_trunc('minute', {arrived})"
        elif column == "delivery_hours":
            true, arrived = f"({true} IS NULL)", f"({arrived} IS NULL OR abs({arrived} - {true}) > 0.05)"
        wrong.append(f"CASE WHEN {arrived} IS DISTINCT FROM {true} THEN {literal(column)} END")
        lost.append(f"CASE WHEN a.{quoted(column)} IS NULL THEN {literal(column)} END")
    marks = "a.quality_marks" if "quality_marks" in _columns_of(mall, table) else "CAST(NULL AS VARCHAR)"
    on = " AND ".join(f"a.{quoted(k)} = t.{quoted(k)}" for k in key)
    mall.bench.run(f"""
        CREATE OR REPLACE TABLE compared AS
        SELECT {checked.source} AS source, {_row_id(key)} AS row_id, a.{quoted(key[0])} IS NOT NULL AS here,
            {_list(wrong)} AS wrong, {_list(lost)} AS lost, {marks} AS marks
        FROM truth.{quoted(table)} t LEFT JOIN mall.main.{quoted(table)} a ON {on} WHERE {checked.delivered}""")  # fmt: skip


def _columns_of(mall: Opened, table: str) -> list[str]:
    return [str(r[0]) for r in mall.bench.rows(f"DESCRIBE mall.main.{quoted(table)}")]


def _list(cases: list[str]) -> str:
    return f"list_filter([{', '.join(cases)}], lambda x: x IS NOT NULL)" if cases else "CAST([] AS VARCHAR[])"


def _row_id(key: tuple[str, ...]) -> str:
    """SQL: a true row's id in the list of dirt."""
    return " || '/' || ".join(f"CAST(t.{quoted(k)} AS VARCHAR)" for k in key)


def _clean(mall: Opened, table: str, key: tuple[str, ...]) -> Clean:
    rows, touched = mall.bench.rows("""SELECT count(*), count(*) FILTER (NOT here OR len(wrong) > 0) FROM compared c
        ANTI JOIN dirt d ON d.source = c.source AND d.row_id = c.row_id""")[0]
    on = " AND ".join(f"a.{quoted(k)} = t.{quoted(k)}" for k in key)
    invented = mall.one(f"SELECT count(*) FROM mall.main.{quoted(table)} a ANTI JOIN truth.{quoted(table)} t ON {on}")
    return Clean(table, int(rows), int(touched), int(invented))


def _kinds(mall: Opened) -> list[Kind]:
    """Each kind of dirt of rows that can be told one from another."""
    mall.bench.run("CREATE TABLE treatments (source VARCHAR, kind VARCHAR, lost VARCHAR[], mark VARCHAR)")
    for (source, kind), treatment in TREATMENTS.items():
        mall.bench.run("INSERT INTO treatments VALUES (?, ?, ?, ?)", [source, kind, list(treatment.lost), treatment.mark])
    # A row may be dirty in two ways; what either may lose may be lost.
    mall.bench.run("""
        CREATE TABLE allowed AS SELECT d.source, d.row_id, list_distinct(flatten(list(coalesce(t.lost, [])))) AS lost,
            bool_or(coalesce(t.mark, '') <> '' AND contains(coalesce(s.marks, ''), t.mark)) AS marked
        FROM dirt d JOIN seen s USING (source, row_id) LEFT JOIN treatments t USING (source, kind) GROUP BY ALL""")
    mall.bench.run("""
        CREATE TABLE fine AS SELECT DISTINCT s.source, s.row_id FROM seen s JOIN allowed a USING (source, row_id)
        WHERE s.here AND len(list_filter(s.wrong, lambda c: NOT (list_contains(a.lost, c) AND (a.marked OR list_contains(s.lost, c))))) = 0""")
    table_of = {source: table for table, c in CHECKED.items() for source in _sources_of(c)}
    found = []
    for source, kind in mall.bench.rows("SELECT DISTINCT source, kind FROM dirt WHERE source <> 'id_map/products' ORDER BY ALL"):
        if (source, kind) != ("stock", UNMAPPED):
            found.append(_kind(mall, source, kind, TREATMENTS.get((source, kind), REPAIRED), table_of[source]))
    return found


def _sources_of(checked: Checked) -> list[str]:
    return [part for i, part in enumerate(checked.source.split("'")) if i % 2 and part != "小程序"]


def _kind(mall: Opened, source: str, kind: str, treatment: Treatment, table: str) -> Kind:
    # What is to be set aside, of test accounts or without a product, is whatever else is wrong with it; what was never delivered cannot be treated.
    out = f"kind = 'test_account' OR kind = '{UNMAPPED}' AND source = 'stock'"
    test = f"SELECT row_id FROM dirt WHERE source = '{source}' AND ({out})"
    rows = f"SELECT DISTINCT row_id FROM dirt WHERE source = '{source}' AND kind = '{kind}'"
    if kind != "test_account":
        rows = f"SELECT row_id FROM seen WHERE source = '{source}' AND row_id IN ({rows}) AND row_id NOT IN ({test})"
    right = f"SELECT row_id FROM fine WHERE source = '{source}'"
    if treatment.reasons:
        listed = ", ".join(map(literal, treatment.reasons))
        aside = f"SELECT row_id FROM aside WHERE table_name = '{table}' AND reason IN ({listed})"
        if kind == "resent":  # the second sending has an id of its own
            aside = f"SELECT rtrim(row_id, 'R') FROM ({aside}) WHERE ends_with(row_id, 'R')"
        right = f"({right}) INTERSECT ({aside})" if treatment.copy else f"({aside}) EXCEPT SELECT row_id FROM seen WHERE here AND source = '{source}'"
    both = f"WITH planted AS ({rows}), good AS ({right})"
    total, good = mall.bench.rows(f"{both} SELECT count(*), count(*) FILTER (row_id IN (FROM good)) FROM planted")[0]
    return Kind(source, kind, int(total), int(good))


def _unmapped_stock(mall: Opened) -> list[Kind]:
    """What stands in quarantine of these does not say which product it is: they are counted, doubled rows twice."""
    reason = TREATMENTS["stock", UNMAPPED].reasons[0]
    unmapped = f"SELECT row_id FROM dirt WHERE source = 'stock' AND kind = '{UNMAPPED}'"
    expected = mall.one(f"SELECT count(*) FROM dirt WHERE source = 'stock' AND kind IN ('{UNMAPPED}', 'doubled') AND row_id IN ({unmapped})")
    found = mall.one(f"SELECT count(*) FROM mall.wenshu_state.quarantine WHERE source = 'stock' AND contains(reasons, '{reason}')")
    return [Kind("stock", UNMAPPED, expected, min(expected, found))] if expected else []
