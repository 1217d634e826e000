"""A campaign is said to have had no lift where people held out by chance rule one out, and not where there were too few to tell."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.actions.loading import packaged
from assistant.actions.models import Playbook, Trigger
from assistant.actions.watching import Reason, reasons
from semantic_layer.catalog.load import read_model
from semantic_layer.query import SemanticQuery


def tried(treated: int, held: int, once: tuple[float, float]) -> Reason | None:
    """What the trial of the packaged playbook says of so many people, of whom these parts ordered once and the rest not at all."""
    trigger = playbook_trigger()

    def run(query: SemanticQuery) -> Any:
        names = [g.name for g in query.group_by] + [m.name for m in query.metrics]
        if "people" in names and "did_1" not in names:
            rows = [["C1", "autumn", dt.date(2025, 11, 1), treated + held]]
        else:
            rows = [[arm, n, part * n, *[0.0] * 5] for arm, n, part in (("触达", treated, once[0]), ("留出", held, once[1]))]
        return SimpleNamespace(columns=[SimpleNamespace(name=n) for n in names], rows=rows)

    found = reasons(trigger, run, dt.date(2026, 1, 15))
    return found[0] if found else None


def playbook_trigger() -> Trigger:
    path = next(p for p in packaged().glob("*.yaml") if p.stem == "campaign_without_lift")
    playbook, source = read_model(Playbook, [path], path.parent)
    assert playbook is not None, source.errors
    return playbook.trigger[0]


@pytest.mark.parametrize("once", [(0.25, 0.25), (0.24, 0.25), (0.26, 0.25)])
def test_many_people_without_a_difference_show_that_there_is_no_lift(once: tuple[float, float]) -> None:
    found = tried(8_000, 2_000, once)
    assert found is not None and not found.lacks


@pytest.mark.parametrize(("treated", "held", "once"), [(60, 40, (0.25, 0.25)), (60, 40, (0.24, 0.25)), (400, 35, (0.25, 0.257)), (60, 40, (0.3, 0.25))])
def test_few_people_show_nothing_whichever_way_they_differ(treated: int, held: int, once: tuple[float, float]) -> None:
    found = tried(treated, held, once)
    assert found is not None and found.lacks


def test_a_lift_is_no_reason() -> None:
    assert tried(8_000, 2_000, (0.35, 0.25)) is None
