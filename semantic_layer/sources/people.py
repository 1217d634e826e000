"""Which rows are about one person: by rules that hold, never by a likeness. A wrong merge mails one person's coupon to another.

Two rows are one person if they share
- an account or another column declared `same`; or
- the phone number and the surname; or the e-mail address and the surname; or
- the whole name, and the day of birth, the address or the last digits of the phone number;
unless their birthdays differ. Families share phones and addresses, so neither alone is enough. What such pairs link
together in a row of steps is one person only if no two of its rows have different birthdays.
"""

from __future__ import annotations

from semantic_layer.engines.quoting import quoted
from semantic_layer.engines.writer import Writer
from semantic_layer.sources.models import PeopleSpec

_COMMON = 20  # rows that share a value; more is a switchboard or a placeholder, not a person
# Two characters, of which a surname may consist.
_DOUBLE = (
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政",
    "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "令狐",
)  # fmt: skip


def number_people(writer: Writer, said: PeopleSpec, rows: str) -> None:
    """Makes the temporary table `person_of` (_id, person) over the rows of `rows`; `person` is the same for all rows of one."""
    writer.run(f"CREATE OR REPLACE TEMP TABLE person_features AS SELECT _id, {_features(said)} FROM {rows}")
    writer.run("CREATE OR REPLACE TEMP TABLE person_links (a BIGINT, b BIGINT)")
    for keys in (["same"], ["phone", "surname"], ["email", "surname"], ["name", "birthday"], ["name", "address"], ["name", "phone_end"]):
        columns = {k: getattr(said, k if k != "surname" else "name") for k in keys}
        if all(columns.values()):
            writer.run(_same() if keys == ["same"] else _links(keys))
    writer.run("CREATE OR REPLACE TEMP TABLE person_of AS SELECT _id, _id AS person FROM person_features")
    _spread(writer)
    _split(writer)
    if said.same:
        writer.run("CREATE OR REPLACE TEMP TABLE person_links (a BIGINT, b BIGINT)")
        writer.run(_same())
        _spread(writer)


def _features(said: PeopleSpec) -> str:
    def text(column: str | None) -> str:
        return "CAST(NULL AS VARCHAR)" if column is None else f"NULLIF(lower(regexp_replace(CAST({quoted(column)} AS VARCHAR), '\\s+', '', 'g')), '')"

    double = ", ".join(f"'{s}'" for s in _DOUBLE)
    name = text(said.name)
    # Of names in letters the last word; with nothing known of the name, nobody shares it.
    last_word = f"lower(regexp_extract(trim(CAST({quoted(said.name)} AS VARCHAR)), '(\\S+)$', 1))" if said.name else name
    han = f"regexp_matches({name}, '^\\p{{Han}}')"
    surname = (
        f"CASE WHEN {han} THEN CASE WHEN left({name}, 2) IN ({double}) THEN left({name}, 2) ELSE left({name}, 1) END ELSE NULLIF({last_word}, '') END"
    )
    parts = {
        "same": text(said.same), "name": name, "surname": surname, "phone": text(said.phone), "email": text(said.email),
        "birthday": text(said.birthday), "address": text(said.address), "phone_end": text(said.phone_end),
    }  # fmt: skip
    return ", ".join(f"{e} AS {n}" for n, e in parts.items())


def _links(keys: list[str]) -> str:
    """Each two rows that share the keys and do not contradict each other."""
    shared = ", ".join(keys)
    given = " AND ".join(f"{k} IS NOT NULL" for k in keys)
    # What very many share is a placeholder.
    groups = f"SELECT *, count(*) OVER (PARTITION BY {shared}) AS n FROM person_features WHERE {given}"
    pairs = " AND ".join(f"a.{k} = b.{k}" for k in keys)
    agree = "(a.birthday IS NULL OR b.birthday IS NULL OR a.birthday = b.birthday)"
    both = f"({groups}) a JOIN ({groups}) b ON {pairs} AND a._id < b._id AND {agree}"
    return f"INSERT INTO person_links SELECT a._id, b._id FROM {both} WHERE a.n <= {_COMMON}"


def _same() -> str:
    return (
        "INSERT INTO person_links SELECT min(_id) OVER (PARTITION BY same) AS a, _id AS b FROM person_features WHERE same IS NOT NULL QUALIFY a < b"
    )


def _spread(writer: Writer) -> None:
    """Gives all rows that links connect the smallest number among them."""
    both = "SELECT a, b FROM person_links UNION ALL SELECT b, a FROM person_links"
    while True:
        smaller = f"SELECT l.b AS _id, min(p.person) AS person FROM ({both}) l JOIN person_of p ON p._id = l.a GROUP BY l.b"
        changed = writer.value(f"SELECT count(*) FROM ({smaller}) s JOIN person_of p USING (_id) WHERE s.person < p.person")
        if not changed:
            return
        writer.run(f"UPDATE person_of SET person = s.person FROM ({smaller}) s WHERE s._id = person_of._id AND s.person < person_of.person")
        # By way of what its own number has become, which halves the way each time.
        writer.run("UPDATE person_of SET person = q.person FROM person_of q WHERE q._id = person_of.person AND q.person < person_of.person")


def _split(writer: Writer) -> None:
    """Takes groups apart that hold two birthdays: each row that has one goes by it, those without stand alone."""
    bad = "SELECT person FROM person_of JOIN person_features USING (_id) GROUP BY person HAVING count(DISTINCT birthday) > 1"
    alone = f"""
        SELECT f._id, CASE WHEN f.birthday IS NULL THEN f._id ELSE min(f._id) OVER (PARTITION BY p.person, f.birthday) END AS person
        FROM person_features f JOIN person_of p USING (_id) WHERE p.person IN ({bad})"""
    writer.run(f"CREATE OR REPLACE TEMP TABLE person_apart AS {alone}")
    writer.run("UPDATE person_of SET person = a.person FROM person_apart a WHERE a._id = person_of._id")
