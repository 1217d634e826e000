"""Other dresses for the statements of the corpus: the same seed and number always give the same mutations."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from tests.guard.corpus import Sample, hostile, legit

Kind = Literal["hostile", "legit"]

TABLES = ("orders", "users", "products", "order_items", "events", "payroll")
COLUMNS = (
    "user_id", "order_id", "product_id", "order_date", "paid_at", "status", "region", "channel", "amount", "discount", "note", "user_name",
    "gender", "city", "level", "birthday", "registered_at", "product_name", "category", "brand", "list_price", "unit_cost", "launched_on",
    "quantity", "unit_price", "line_no", "event_id", "event_time", "event_type", "page", "session_id", "device", "properties", "email", "phone",
    "id_number", "salary", "memo",
)
_DENIED = ("email", "phone", "id_number", "salary", "memo", "payroll")
_QUERY = re.compile(r"\s*(?:select|from|with|values)\b", re.IGNORECASE)
_BLOCK = r"/\*(?:(?!\*/|/\*).)*\*/"
_BLOCKS = rf"/\*(?:(?!\*/|/\*).|{_BLOCK})*\*/"
_TOKEN = re.compile(
    rf"""(?P<comment>{_BLOCKS}|--[^\n\r]*[\n\r]?)
      | (?P<text>[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<space>\s+)
      | (?P<number>\d[\d_.]*)
      | (?P<word>[^\W\d]\w*)
      | (?P<other>->>|->|::|:=|<>|<=|>=|!=|!~|~~|\|\||//|\*\*|.)""",
    re.VERBOSE | re.DOTALL,
)

_COMMENTS = ("/**/", "/* ok */", "/* a /* b */ c */", "/* ' */", '/* " */', "/* FROM payroll; */", "-- x\n", "-- ' ; /*\n", "/* -- */")
_ODD_COMMENTS = ("-- x\r", "/*+ hint */", "/* /* */", "*/", "--", "#", "/*! x */", "-- \u2028", "// x\n")
_SPACES = (" ", "  ", "\t", "\n", "\r\n", "\n\t ")
_ODD_SPACES = ("\u200b", "\u2060", "\ufeff", "\u00a0", "\u3000", "\u2003", "\x0b", "\x0c", "\r", "\u2028", "\u180e", "\x00", "")


class Mutation(NamedTuple):
    """A statement in another dress.

    `legit`: it means the same as the statement `id` of an analyst. `hostile`: it may be refused, and shows nothing hidden; its `id`
    names all the statements it was made of.
    """

    kind: Kind
    id: str
    sql: str


class Token(NamedTuple):
    """A piece of a statement; the pieces put together are the statement."""

    kind: str
    text: str


def mutations(seed: int, n: int) -> Iterator[Mutation]:
    """Yields `n` mutations: three of ten mean the same as a legitimate statement, the others are hostile."""
    random_ = random.Random(seed)
    bad, good = hostile(), legit()
    for _ in range(n):
        if random_.random() < 0.3:
            sample = random_.choice(good)
            yield Mutation("legit", sample.id, _dressed(random_, sample.sql, _HARMLESS))
        else:
            name, sql = _mixed(random_, random_.choice(bad), random_.choice(good))
            yield Mutation("hostile", name, _dressed(random_, sql, (*_HARMLESS, *_HOSTILE)))


def tokens(sql: str) -> list[Token]:
    """The pieces of a statement, as DuckDB would cut it; comments may be nested once."""
    return [Token(str(m.lastgroup if m.lastgroup != "tag" else "text"), m.group()) for m in _TOKEN.finditer(sql)]


Dress = Callable[[random.Random, str], str]


def _dressed(random_: random.Random, sql: str, dresses: Sequence[Dress]) -> str:
    for dress in random_.choices(dresses, k=random_.randint(1, 3)):
        sql = dress(random_, sql)
    return sql


def _joined(pieces: Sequence[Token]) -> str:
    return "".join(each.text for each in pieces)


def _changed(sql: str, change: Callable[[list[Token], int], str | None]) -> str:
    """The statement with some pieces replaced: `change` sees all pieces and a position, and gives a text or None."""
    pieces = tokens(sql)
    new = [change(pieces, i) for i in range(len(pieces))]
    return "".join(old.text if text is None else text for old, text in zip(pieces, new, strict=True))


def _is_query(sql: str) -> bool:
    """Whether the statement may stand in brackets: one query without a semicolon and without an open comment."""
    pieces = tokens(sql)
    return bool(_QUERY.match(sql)) and not any(each.text in (";", "*/", "\x00") for each in pieces)


# Dresses that keep the meaning.


def _case(random_: random.Random, sql: str) -> str:
    """Keywords and names in random case."""

    def change(pieces: list[Token], i: int) -> str | None:
        if pieces[i].kind != "word" or not pieces[i].text.isascii():
            return None
        return "".join(random_.choice((c.upper(), c.lower())) for c in pieces[i].text)

    return _changed(sql, change)


def _comments(random_: random.Random, sql: str) -> str:
    """Comments where white space is; not inside keywords of two words, where sqlglot reads none."""

    def change(pieces: list[Token], i: int) -> str | None:
        if pieces[i].kind != "space" or random_.random() < 0.7 or [each.text.lower() for each in pieces[i + 1 : i + 2]] in (["by"], ["sets"]):
            return None
        return f" {random_.choice(_COMMENTS)} "

    return _changed(sql, change)


def _spaces(random_: random.Random, sql: str) -> str:
    """Other white space that everybody takes for white space."""
    return _changed(sql, lambda pieces, i: random_.choice(_SPACES) if pieces[i].text == " " else None)


def _quotes(random_: random.Random, sql: str) -> str:
    """Names of tables and columns in quotes, in the case of their declaration or in capitals."""

    def change(pieces: list[Token], i: int) -> str | None:
        text = pieces[i].text
        if pieces[i].kind != "word" or text.lower() not in COLUMNS + TABLES or random_.random() < 0.4:
            return None
        return f'"{text.upper()}"' if random_.random() < 0.3 else f'"{text}"'

    return _changed(sql, change)


def _schema(random_: random.Random, sql: str) -> str:
    """Tables with their schema; not in statements with CTEs, whose names have none."""
    pieces = tokens(sql)
    if any(each.text.lower() == "with" for each in pieces):
        return sql
    schema = random_.choice(("main.", "main . ", 'MAIN."', '"main".'))

    def change(pieces: list[Token], i: int) -> str | None:
        if pieces[i].text.lower() not in TABLES:
            return None
        before = [each.text.lower() for each in pieces[:i] if each.kind not in ("space", "comment")]
        if before[-1:] not in (["from"], ["join"]):
            return None
        return schema + pieces[i].text + '"' * schema.endswith('"')

    return _changed(sql, change)


def _wrapped(random_: random.Random, sql: str) -> str:
    """The whole as a subquery or CTE of another statement, or in brackets."""
    if not _is_query(sql):
        return sql
    return random_.choice(
        (
            "SELECT * FROM ({}\n) AS whole_thing",
            "FROM ({}\n)",
            "WITH whole_thing AS ({}\n) SELECT * FROM whole_thing",
            "WITH a_cte AS (SELECT 1 AS one), whole_thing AS MATERIALIZED ({}\n) FROM whole_thing",
            "SELECT inner_thing.* FROM (SELECT * FROM ({}\n)) AS inner_thing",
            "({}\n)",
            "(({}\n))",
            "{}\n;",
        )
    ).format(sql.replace("{", "{{").replace("}", "}}")).replace("{{", "{").replace("}}", "}")


_HARMLESS: tuple[Dress, ...] = (_case, _comments, _spaces, _quotes, _schema, _wrapped)


# Dresses that may change the meaning.


def _odd_spaces(random_: random.Random, sql: str) -> str:
    """White space that parsers disagree on."""
    odd = random_.choice(_ODD_SPACES)
    share = random_.choice((0.2, 1.0))
    return _changed(sql, lambda pieces, i: odd if pieces[i].kind == "space" and random_.random() < share else None)


def _odd_comments(random_: random.Random, sql: str) -> str:
    """A comment that parsers disagree on, anywhere."""
    pieces = tokens(sql)
    pieces.insert(random_.randint(0, len(pieces)), Token("comment", random_.choice(_ODD_COMMENTS)))
    return _joined(pieces)


def _casts(random_: random.Random, sql: str) -> str:
    """Columns cast, called or put into structures."""
    form = random_.choice(("{}::VARCHAR", "CAST({} AS BLOB)", "TRY_CAST({} AS INTEGER)", "({})", "[{}]", "{{'a': {}}}", "row({})", "{}.upper()", "(SELECT {})"))
    return _changed(sql, lambda pieces, i: form.format(pieces[i].text) if pieces[i].text.lower() in COLUMNS and random_.random() < 0.5 else None)


def _brackets(random_: random.Random, sql: str) -> str:
    """Some brackets doubled, rarely only on one side."""
    both = random_.random() < 0.9
    return _changed(sql, lambda pieces, i: pieces[i].text * 2 if pieces[i].text == "(" or (both and pieces[i].text == ")") else None)


def _aliases(random_: random.Random, sql: str) -> str:
    """Tables under another name, which may be the name of another table."""
    alias = random_.choice(("zz", "users", "orders", "main", '"payroll"', "u(a, b, c)", "z(email, phone)"))
    return _changed(sql, lambda pieces, i: f"{pieces[i].text} AS {alias}" if pieces[i].text.lower() in TABLES and random_.random() < 0.7 else None)


def _swapped_names(random_: random.Random, sql: str) -> str:
    """Names of tables and columns replaced by hidden ones."""

    def change(pieces: list[Token], i: int) -> str | None:
        text = pieces[i].text.lower()
        if pieces[i].kind != "word" or random_.random() < 0.6:
            return None
        if text in TABLES:
            return random_.choice(("payroll", "main.payroll", "users", "orders", "(FROM payroll)", "'payroll'", "query_table('payroll')", "duckdb_tables()"))
        return random_.choice((*_DENIED, "users.email", "COLUMNS('.*mail')", "#9", "*", "rowid")) if text in COLUMNS else None

    return _changed(sql, change)


def _lost(random_: random.Random, sql: str) -> str:
    """One piece lost, doubled or moved."""
    pieces = tokens(sql)
    if pieces:
        piece = pieces.pop(random_.randrange(len(pieces)))
        for _ in range(random_.choice((0, 1, 2))):
            pieces.insert(random_.randint(0, len(pieces)), piece)
    return _joined(pieces)


def _hidden_between(random_: random.Random, sql: str) -> str:
    """Beside a query of the hidden table by a set operation."""
    if not _is_query(sql):
        return sql
    word = random_.choice(("UNION", "UNION ALL", "UNION ALL BY NAME", "INTERSECT", "EXCEPT"))
    other = random_.choice(("SELECT memo FROM payroll", "SELECT u FROM users u", "SELECT max(note) FROM orders", "SELECT 1"))
    return random_.choice((f"({sql}\n) {word} ({other})", f"({other}) {word} ({sql}\n)", f"{other} {word} {sql}"))


_HOSTILE: tuple[Dress, ...] = (_odd_spaces, _odd_comments, _casts, _brackets, _aliases, _swapped_names, _lost, _hidden_between)


# Hostile statements inside legitimate ones.

_MIXES = (
    "SELECT ({h}\n), lx.* FROM ({l}\n) AS lx",
    "SELECT * FROM ({l}\n) AS lx, ({h}\n) AS hx",
    "SELECT * FROM ({l}\n) AS lx LEFT JOIN LATERAL ({h}\n) AS hx ON true",
    "SELECT * FROM ({l}\n) lx POSITIONAL JOIN ({h}\n) hx",
    "WITH lx AS ({l}\n), hx AS ({h}\n) SELECT * FROM hx",
    "WITH hx AS ({h}\n), lx AS ({l}\n) SELECT * FROM lx",
    "WITH orders AS ({h}\n) {l}",
    "WITH RECURSIVE hx AS ({h}\n UNION ALL FROM hx WHERE false) FROM hx",
    "SELECT * FROM ({l}\n) lx ORDER BY ({h}\n)",
    "SELECT * FROM ({l}\n) lx LIMIT ({h}\n)",
    "SELECT * FROM ({l}\n) lx OFFSET ({h}\n)",
    "SELECT * FROM ({l}\n) lx WHERE EXISTS ({h}\n)",
    "SELECT count(*) FROM ({l}\n) lx GROUP BY ALL HAVING count(*) > ANY ({h}\n)",
    "SELECT row_number() OVER (ORDER BY ({h}\n)) FROM ({l}\n) lx",
    "VALUES (({h}\n)), (1)",
    "({l}\n) UNION ALL BY NAME ({h}\n)",
    "({h}\n) EXCEPT ({l}\n)",
    "SELECT list_transform([1], lambda x: ({h}\n)) FROM ({l}\n) lx",
    "SELECT CASE WHEN ({h}\n) IS NULL THEN 0 ELSE 1 END",
)


def _mixed(random_: random.Random, bad: Sample, good: Sample) -> tuple[str, str]:
    """A name and a statement: the hostile one as it is, or inside the legitimate one, or the legitimate one with odd parts."""
    way = random_.random()
    if way < 0.4:
        return bad.id, bad.sql
    if way < 0.5:
        return good.id, random_.choice((_odd_spaces, _odd_comments, _swapped_names, _aliases))(random_, good.sql)
    both = f"{bad.id} {good.id}"
    if not _is_query(bad.sql) or not _is_query(good.sql):
        return both, random_.choice((f"{good.sql};{bad.sql}", f"{bad.sql};\n{good.sql}", f"WITH hx AS ({bad.sql}\n) {good.sql}"))
    if way < 0.85:
        return both, random_.choice(_MIXES).replace("{l}", good.sql).replace("{h}", bad.sql)
    return both, _planted(random_, bad.sql, good.sql)


def _planted(random_: random.Random, bad: str, good: str) -> str:
    """The legitimate statement with one table, number or text replaced by the hostile query."""
    pieces = tokens(good)
    places = [i for i, each in enumerate(pieces) if each.kind in ("number", "text") or each.text.lower() in TABLES]
    if places:
        i = random_.choice(places)
        pieces[i] = Token("other", f"({bad}\n)" + " AS planted" * (pieces[i].kind == "word" and random_.random() < 0.5))
    return _joined(pieces)
