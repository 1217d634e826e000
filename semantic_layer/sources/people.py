"""Which rows are about one person: by rules that hold, never by a likeness. A wrong merge mails one person's coupon to another.

Two rows are one person if they share
- an account or another column declared `same`; or
- the whole name, and the phone number, the e-mail address or the address; or
- the whole name, the day of birth and the last digits of the phone number; or
- the surname, and the e-mail address, or the day of birth and the phone number, its last digits or the address, and names that differ in
  one character at most: they are misspelt;
unless their birthdays differ. Families share phones, addresses, surnames and syllables of names; and among a hundred
thousand people, some share a common name and a birthday. So less is not enough.
What such pairs link together in a row of steps is one person only if no two of its rows have different birthdays. Whole names
go first; what rows joined by them know of a birthday counts for all of them when surnames are compared.

Pairs that are alike and no more are listed for somebody to look at; see `list_alike`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from semantic_layer.engines.linkage import likely_pairs
from semantic_layer.engines.quoting import literal, quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.models import PeopleSpec

_COMMON = 20  # rows that share a value; more is a switchboard or a placeholder, not a person
_LIKENESS = 0.75  # of two names, from which on two rows with a value in common are worth a look
_MOST_ALIKE = 10_000  # pairs listed
_FEATURES = ("same", "name", "phone", "email", "birthday", "address", "phone_end")
_BY_NAME = (("name", "phone"), ("name", "email"), ("name", "address"), ("name", "birthday", "phone_end"))
_BY_SURNAME = (("surname", "birthday", "phone"), ("surname", "birthday", "phone_end"), ("surname", "birthday", "address"), ("surname", "email"))

# SQL: two names differ in one character at most. The engine's own distance counts bytes, of which a Chinese character has three.
_ALMOST = (
    "CASE WHEN strlen(a.name) = length(a.name) THEN levenshtein(a.name, b.name) <= 1 ELSE length(a.name) = length(b.name) AND "
    "len(list_filter(list_zip(string_split(a.name, ''), string_split(b.name, '')), lambda c: c[1] <> c[2])) <= 1 END"
)


def number_people(writer: Writer, said: PeopleSpec, rows: str) -> None:
    """Makes the temporary table `person_of` (_id, person) over the rows of `rows`; `person` is the same for all rows of one."""
    features = ", ".join([*(f"{_text(getattr(said, name))} AS {name}" for name in _FEATURES), f"{_surname(said.name)} AS surname"])
    writer.run(f"CREATE OR REPLACE TEMP TABLE person_features AS SELECT _id, {features} FROM {rows}")
    writer.run("CREATE OR REPLACE TEMP TABLE person_of AS SELECT _id, _id AS person FROM person_features")
    _join(writer, _BY_NAME)
    _take_apart(writer, "f._id")
    # Of whom the whole name is not sure, the surname is not either.
    writer.run("UPDATE person_features SET surname = NULL WHERE _id IN (SELECT _id FROM person_apart)")
    # What rows of one whole name know of a birthday counts for all of them, before a surname joins them to others.
    writer.run("CREATE OR REPLACE TEMP TABLE person_named AS SELECT _id, person FROM person_of")
    known = "SELECT person, min(birthday) AS day FROM person_named JOIN person_features USING (_id) GROUP BY person"
    writer.run(f"UPDATE person_features SET birthday = k.day FROM person_named n JOIN ({known}) k USING (person) WHERE n._id = person_features._id")
    _join(writer, _BY_SURNAME)
    _take_apart(writer, "n.person")
    _forget_links(writer)
    writer.run(_same())
    _spread(writer)


def _join(writer: Writer, rules: Iterable[tuple[str, ...]]) -> None:
    """Joins the rows that share the keys of a rule, or what is declared to be the same, step by step."""
    _forget_links(writer)
    for rule in rules:
        writer.run(_links(rule))
    writer.run(_same())
    _spread(writer)


def list_alike() -> str:
    """A query of pairs (a, b as `_id`, what they share, how alike their names are) that may be one person and are not taken for one."""
    shared = " UNION ALL ".join(
        f"SELECT a._id AS a, b._id AS b, '{k}' AS shared, jaro_winkler_similarity(a.name, b.name) AS likeness "
        f"FROM ({_few(k)}) a JOIN ({_few(k)}) b ON a.{k} = b.{k} AND a._id < b._id"
        for k in ("phone", "email", "address", "birthday")
    )
    apart = "SELECT s.* FROM pairs s JOIN person_of p ON p._id = s.a JOIN person_of q ON q._id = s.b WHERE p.person <> q.person"
    alike = f"likeness >= {_LIKENESS} OR (likeness IS NULL AND shared <> 'birthday')"
    grouped = f"SELECT a, b, string_agg(shared, ', ' ORDER BY shared) AS shared, max(likeness) AS likeness FROM ({apart}) WHERE {alike} GROUP BY a, b"
    return f"WITH pairs AS ({shared}) SELECT * FROM ({grouped}) ORDER BY length(shared) DESC, likeness DESC NULLS LAST, a, b LIMIT {_MOST_ALIKE}"


def likely(writer: Writer, said: PeopleSpec, folder: Path) -> str:
    """As `list_alike`, by record linkage: a query of the pairs that it holds for one person and the rules do not. Raises ShopError."""
    columns = [name for name in _FEATURES if name != "same" and getattr(said, name) is not None]
    features = folder / "people.parquet"
    writer.run(f"COPY (SELECT _id, {', '.join(columns)} FROM person_features) TO {literal(str(features))} (FORMAT parquet)")
    try:
        pairs = likely_pairs(features, columns, _MOST_ALIKE)
    finally:
        features.unlink(missing_ok=True)
    writer.run("CREATE OR REPLACE TEMP TABLE person_likely (a BIGINT, b BIGINT, likeness DOUBLE)")
    writer.many("INSERT INTO person_likely VALUES (?, ?, ?)", pairs)
    apart = "person_likely l JOIN person_of p ON p._id = l.a JOIN person_of q ON q._id = l.b WHERE p.person <> q.person"
    return f"SELECT l.a, l.b, 'linkage' AS shared, l.likeness FROM {apart}"


def _text(column: str | None) -> str:
    """A value as it is compared: without spaces and capitals."""
    return "CAST(NULL AS VARCHAR)" if column is None else f"NULLIF(lower(regexp_replace(CAST({quoted(column)} AS VARCHAR), '\\s+', '', 'g')), '')"


def _surname(column: str | None) -> str:
    """SQL: of a Chinese name the first character, of others the last word."""
    if column is None:
        return "CAST(NULL AS VARCHAR)"
    name = f"trim(lower(CAST({quoted(column)} AS VARCHAR)))"
    return f"NULLIF(CASE WHEN regexp_matches({name}, '^\\p{{Han}}') THEN left({name}, 1) ELSE regexp_extract({name}, '\\S+$') END, '')"


def _few(*keys: str) -> str:
    """The rows that share all keys with some others, but not with very many, as a placeholder would be."""
    given = " AND ".join(f"{k} IS NOT NULL" for k in keys)
    return f"SELECT * FROM person_features WHERE {given} QUALIFY count(*) OVER (PARTITION BY {', '.join(keys)}) BETWEEN 2 AND {_COMMON}"


def _links(keys: tuple[str, ...]) -> str:
    """Each two rows that share the keys and do not contradict each other: in the day of birth, or in more than one character of the name."""
    pairs = " AND ".join(f"a.{k} = b.{k}" for k in keys)
    agree = "(a.birthday IS NULL OR b.birthday IS NULL OR a.birthday = b.birthday)"
    agree += f" AND {_ALMOST}" if "name" not in keys else ""
    return f"INSERT INTO person_links SELECT a._id, b._id FROM ({_few(*keys)}) a JOIN ({_few(*keys)}) b ON {pairs} AND a._id < b._id AND {agree}"


def _same() -> str:
    """Whoever shares what is declared to be the same with the first that has it."""
    return (
        "INSERT INTO person_links SELECT min(_id) OVER (PARTITION BY same) AS a, _id AS b FROM person_features WHERE same IS NOT NULL QUALIFY a < b"
    )


def _forget_links(writer: Writer) -> None:
    writer.run("CREATE OR REPLACE TEMP TABLE person_links (a BIGINT, b BIGINT)")


def _spread(writer: Writer) -> None:
    """Gives all rows that links connect the smallest number among them."""
    both = "SELECT a, b FROM person_links UNION ALL SELECT b, a FROM person_links"
    while True:
        smaller = f"SELECT l.b AS _id, min(p.person) AS person FROM ({both}) l JOIN person_of p ON p._id = l.a GROUP BY l.b"
        if not writer.value(f"SELECT count(*) FROM ({smaller}) s JOIN person_of p USING (_id) WHERE s.person < p.person"):
            return
        writer.run(f"UPDATE person_of SET person = s.person FROM ({smaller}) s WHERE s._id = person_of._id AND s.person < person_of.person")
        # By way of what its own number has become, which halves the way each time.
        writer.run("UPDATE person_of SET person = q.person FROM person_of q WHERE q._id = person_of.person AND q.person < person_of.person")


def _take_apart(writer: Writer, alone: str) -> None:
    """Takes groups apart that hold two birthdays: each row that has one goes by it, those without by `alone` (SQL over `f` and `n`)."""
    torn = "SELECT person FROM person_of JOIN person_features USING (_id) GROUP BY person HAVING count(DISTINCT birthday) > 1"
    own = f"CASE WHEN f.birthday IS NULL THEN {alone} ELSE min(f._id) OVER (PARTITION BY p.person, f.birthday) END"
    named = "LEFT JOIN person_named n USING (_id)" if "n." in alone else ""
    apart = f"SELECT f._id, {own} AS person FROM person_features f JOIN person_of p USING (_id) {named} WHERE p.person IN ({torn})"
    writer.run(f"CREATE OR REPLACE TEMP TABLE person_apart AS {apart}")
    writer.run("UPDATE person_of SET person = a.person FROM person_apart a WHERE a._id = person_of._id")
