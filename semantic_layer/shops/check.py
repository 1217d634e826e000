"""Checks the files of a shop: settings, roles and catalog, against each other, the tables and the answers."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from semantic_layer.catalog.check import check_catalog
from semantic_layer.catalog.load import read_model
from semantic_layer.catalog.source import Place, Problem, Source
from semantic_layer.engines.admin import Introspector
from semantic_layer.errors import CatalogError, ShopError, WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops.definition import CATALOG, SETTINGS
from semantic_layer.shops.roles import read_roles, role_problems
from semantic_layer.shops.settings import RightsSettings, Settings
from semantic_layer.shops.shop import Shop, locate
from semantic_layer.shops.unmade import check_refreshed


def check_shop(which: str) -> list[Problem]:
    """Every mistake in the files of a shop, sorted by place; also that there is no database to check them against.

    Raises ShopError where there is no such shop.
    """
    folder, data = locate(which)
    settings, source = read_model(Settings, [folder / SETTINGS], folder)
    found = [*source.problems]
    with ExitStack() as stack:
        inspector: Introspector | None = None
        if settings is not None:
            try:
                check_refreshed(folder, data / settings.database)
                inspector = stack.enter_context(Introspector(data / settings.database))
            except ShopError as error:
                found.append(_problem(source.place(("database",)), error, "database", "database"))
            found += _roles(folder, settings, source, inspector)
        try:
            found += check_catalog(folder / CATALOG, inspector, _Answers(stack, folder, data) if inspector else None)
        except CatalogError as error:
            found.append(_problem(Place(CATALOG), error, "catalog"))
    return sorted(set(found))


def _problem(place: Place, error: WenshuError, rule: str, field: str = "") -> Problem:
    return Problem(place, error.en, rule, error.zh, field=field)


def _roles(folder: Path, settings: Settings, source: Source, inspector: Introspector | None) -> list[Problem]:
    """What is wrong with the roles: those of the settings, or those of the file that the settings name."""
    roles: RightsSettings = settings
    if settings.rights_file is not None:
        try:
            roles, source = read_roles(folder / settings.rights_file)
        except ShopError as error:
            found = [p for p in error.problems if isinstance(p, Problem)]
            return found or [_problem(source.place(("rights_file",)), error, "rights", "rights_file")]
    return role_problems(roles, source, inspector.tables()) if inspector else []


class _Answers:
    """The first cell of the shop's answer to a query, as its owner; the shop is opened by the first query."""

    def __init__(self, stack: ExitStack, folder: Path, data: Path) -> None:
        self._stack, self._folder, self._data = stack, folder, data
        self._shop: Shop | None = None

    def __call__(self, query: SemanticQuery) -> Any:
        """Raises WenshuError, also where the shop cannot be opened."""
        if self._shop is None:
            self._shop = Shop(self._folder, self._data)
            self._stack.callback(self._shop.close)
        return self._shop.whole.answer(query).rows[0][0]
