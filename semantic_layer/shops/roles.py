"""Who may see what: reads roles from settings or a file, checks them against the real tables, finds that of a user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.source import Loc, Problem, Source, read_files, written
from semantic_layer.errors import GuardError, Message, ShopError, UsageError, hint
from semantic_layer.guard import read_filter
from semantic_layer.rights import EVERYTHING, Rights, fold
from semantic_layer.shops.settings import RightsSettings, mistakes

_OF_THE_ENGINE = ("information_schema.*", "pg_*", "duckdb_*", "sqlite_*", "pragma_*")
Tables = Mapping[str, Mapping[str, str]]


def read_roles(path: Path) -> tuple[RightsSettings, Source]:
    """Roles from a JSON or YAML file: one role, or `rights:` with several and `users:`. Raises ShopError with file and line."""
    if not path.is_file():
        raise ShopError(f"There is no rights file {path}.", f"没有权限文件 {path}。")
    several = {"rights", "users"} & read_files([path], path.parent).data.keys()
    if several:
        settings, source = read_model(RightsSettings, [path], path.parent)
    else:
        role, source = read_model(Rights, [path], path.parent)
        settings = None if role is None else RightsSettings(rights=(role,))
        source.places = {("rights", 0, *loc): place for loc, place in source.places.items()}
    if settings is None:
        raise mistakes(path.name, source.errors, path)
    return settings, source


def check_roles(settings: RightsSettings, source: Source, path: Path, tables: Tables) -> None:
    """Raises ShopError with file and line for tables, columns and roles that do not exist and filters that are none."""
    if problems := role_problems(settings, source, tables):
        raise mistakes(path.name, problems, path)


def role_problems(settings: RightsSettings, source: Source, tables: Tables) -> list[Problem]:
    """Every table, column and role that does not exist, and every filter that is none."""
    known = {fold(name): {fold(c): c for c in columns} for name, columns in tables.items()}
    return [Problem(source.place(loc), said.en, "rights", said.zh, field=written(loc)) for loc, said in _wrong(settings, known)]


def _no_table(table: str, known: Mapping[str, object]) -> Message:
    return Message(f"there is no table {table}.", f"没有表 {table}。") + hint(table, known)


def _wrong(settings: RightsSettings, known: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Loc, Message]]:
    names = [r.role for r in settings.rights]
    for i, rights in enumerate(settings.rights):
        at: Loc = ("rights", i)
        if rights.role in names[:i]:
            yield (*at, "role"), Message(f"the role {rights.role} is defined twice", f"角色 {rights.role} 定义了两次")
        for part in ("allowed_tables", "denied_tables"):
            for j, table in enumerate(getattr(rights, part)):
                if not _is_known(table, known, patterns=part == "denied_tables"):
                    yield (*at, part, j), _no_table(table, known)
        for table, columns in rights.denied_columns.items():
            if fold(table) not in known:
                yield (*at, "denied_columns", table), _no_table(table, known)
                continue
            for j, column in enumerate(columns):
                if fold(column) not in known[fold(table)]:
                    said = Message(f"table {table} has no column {column}.", f"表 {table} 没有列 {column}。")
                    yield (*at, "denied_columns", table, j), said + hint(column, known[fold(table)].values())
        for table, text in rights.row_filters.items():
            if fold(table) not in known:
                yield (*at, "row_filters", table), _no_table(table, known)
                continue
            try:
                read_filter(text, table, known[fold(table)].values())
            except GuardError as error:
                yield (*at, "row_filters", table), Message(error.en, error.zh)
    for user, role in settings.users.items():
        if role not in names:
            said = Message(f"{user} has the role {role}, which is not defined.", f"{user} 的角色 {role} 没有定义。")
            yield ("users", user), said + hint(role, names)


def _is_known(table: str, known: Mapping[str, object], patterns: bool) -> bool:
    name = fold(table)
    if name in known or name == "*":
        return True
    return patterns and ("*" in name or "?" in name or any(fnmatchcase(name, p) for p in _OF_THE_ENGINE))


def role_of(user: str | None, settings: RightsSettings) -> Rights:
    """The role of a user; of the only role there is, anybody's. A shop without roles shows everything.

    Raises UsageError when nobody is named, or somebody who has no role.
    """
    roles = {r.role: r for r in settings.rights}
    if not roles:
        return EVERYTHING
    if not settings.users and len(roles) == 1:
        return next(iter(roles.values()))
    role = settings.users.get(user or "") or settings.users.get("*")
    if role is not None:
        return roles[role]
    if not user:
        raise UsageError("This shop has roles. Say who asks: --user NAME.", "这个店铺设有权限角色。请用 --user 说明提问人。")
    raise UsageError(f"The user {user} has no role in this shop. Ask its owner for one.", f"用户 {user} 在这个店铺没有角色，请向店铺负责人申请。")
