"""What a playbook file says, as frozen models. Queries in it hold placeholders; see `filling`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from semantic_layer.catalog.models import Name, Spec, Text
from semantic_layer.errors import InvalidValue

Urgency = Literal["now", "week", "later"]
Format = Literal["number", "integer", "currency", "percent"]
Template = dict[str, Any]


class Number(Spec):
    """A figure of the card: the value of a query, an assumption that can be edited, or arithmetic over figures named before it."""

    label: Text = Field(description="What it is.")
    query: Template | None = Field(default=None, description="A semantic query with one metric and no group: its only value.")
    assume: float | None = Field(default=None, allow_inf_nan=False, description="An assumption of the shop, shown as one and editable.")
    formula: str | None = Field(default=None, description="Arithmetic over figures and columns of the row.", examples=["before / 8 - now"])
    format: Format = Field(default="number", description="How it is shown; of a query, the metric's own format goes first.")
    unit: str = Field(default="", description="The unit, as in the catalog.")

    @model_validator(mode="after")
    def _one(self) -> Number:
        if sum(x is not None for x in (self.query, self.assume, self.formula)) != 1:
            raise InvalidValue("a figure has exactly one of query, assume, formula", "数字必须且只能有 query、assume、formula 之一")
        return self


class Shift(Spec):
    """Members whose part of a count moved: for each member of each grouping, the last days against what its earlier part leads one to expect."""

    metric: Template | str = Field(description="What is counted, such as orders.")
    by: tuple[tuple[str, ...], ...] = Field(min_length=1, description="The groupings whose members are looked at.")
    days: tuple[int, ...] = Field(min_length=1, description="The lengths of the last period, the shortest first; the first that shows enough counts.")
    against: int = Field(default=56, ge=14, le=400, description="The days before it, of which the expectation is made.")
    direction: Literal["down", "up"] = Field(default="down", description="Which way counts.")
    change: float = Field(default=0.2, gt=0, description="The smallest relative change that counts.")
    z: float = Field(default=3.5, gt=0, description="How far beyond chance, in standard deviations of the member's own past.")
    expected: float = Field(default=30, ge=5, description="How many have to be expected (going up: be there) for anything to be said.")


class Rate(Spec):
    """Members whose rate moved: the last days against their own before, or, where they have none, against that of the first group."""

    hits: Template | str = Field(description="The metric of those that did.")
    of: Template | str = Field(description="The metric of all of them.")
    by: tuple[str, ...] = Field(min_length=1, description="The fields whose values are looked at.")
    days: tuple[int, ...] = Field(min_length=1, description="The lengths of the last period, the shortest first.")
    against: int = Field(default=28, ge=7, le=400, description="The days before it.")
    direction: Literal["down", "up"] = Field(default="down", description="Which way counts.")
    change: float = Field(default=0.1, gt=0, lt=1, description="The smallest change of the rate that counts, in parts of one.")
    z: float = Field(default=3.5, gt=0, description="How far beyond chance, in standard errors of the difference.")
    least: float = Field(default=30, ge=5, description="How many there have to be in the last days.")


class Trial(Spec):
    """Whether those who were treated did more than those held out: a count per person on both sides, and the interval of the difference."""

    of: Template | str = Field(description="The metric that counts the people.")
    where: tuple[Template, ...] = Field(default=(), description="Conditions with columns of the row as placeholders.")
    arm: str = Field(description="The field that says who was treated.")
    treated: str = Field(description="Its value for those who were.")
    held: str = Field(description="Its value for those held out.")
    entity: Name = Field(description="Who is counted.")
    does: Template | str = Field(description="The metric that is counted for each of them, such as orders.")
    time: Template = Field(description="When.")
    least: float = Field(default=30, ge=5, description="How many there have to be on either side.")
    shows: float = Field(default=0.3, gt=0, description="A rise that such a trial should be able to show, as a part of what those held out did.")
    excludes: float = Field(default=0.5, gt=0, description="A rise that the 95% interval has to rule out, as a part of what those held out did.")


class Trigger(Spec):
    """When the playbook speaks: a query whose rows each are a reason, or a watch over a count or a rate; with `trial`, rows that show no lift."""

    query: Template | None = Field(default=None, description="A semantic query; its `having` is the threshold, each row a reason.")
    shift: Shift | None = Field(default=None, description="A part of a count that moved.")
    rate: Rate | None = Field(default=None, description="A rate that moved.")
    trial: Trial | None = Field(default=None, description="With query: only rows whose treated did no more than those held out.")
    key: tuple[str, ...] = Field(default=(), description="The columns that tell one reason from another; default: the groups.")
    most: int = Field(default=3, ge=1, le=20, description="How many actions it may lead to, the strongest first.")
    audience: Audience | None = Field(default=None, description="Whom it concerns, where the triggers of a playbook differ in that.")
    together: bool = Field(default=False, description="With query: all rows are one reason, for audiences with each_row.")
    numbers: dict[Name, Number] = Field(default={}, description="Figures of this trigger alone.")
    texts: dict[Name, Text] = Field(default={}, description="Words of this trigger, for {names} in texts.")

    @model_validator(mode="after")
    def _one(self) -> Trigger:
        if sum(x is not None for x in (self.query, self.shift, self.rate)) != 1:
            raise InvalidValue("a trigger has exactly one of query, shift, rate", "触发条件必须且只能有 query、shift、rate 之一")
        if self.trial is not None and self.query is None:
            raise InvalidValue("trial goes with query", "trial 与 query 搭配")
        return self


class Audience(Spec):
    """A stored query: the members of an entity that meet conditions, without those not to be approached."""

    of: Name = Field(description="The entity.")
    dataset: Name | None = Field(default=None, description="Where its members are listed; default: the entity's own dataset.")
    where: tuple[Template, ...] = Field(default=(), description="Who is meant.")
    without: dict[Name, Without] = Field(default={}, description="Who of them is not to be approached, each with its reason.")
    fields: tuple[str, ...] = Field(default=(), description="Further columns of the preview and the export.")
    least: int = Field(default=30, ge=1, description="Fewer than so many are not worth an action.")


class Without(Spec):
    """Members that are left out of an audience."""

    label: Text = Field(description="Why.")
    where: tuple[Template, ...] = Field(min_length=1, description="Who is left out: those that meet all of these.")


class Response(Spec):
    """What the same kind of audience did in the past by itself: the base of every expectation."""

    label: Text = Field(description="What is counted as a response.")
    does: Template = Field(description="The condition, with {from} and {until} for the days it may happen on.")
    days: int = Field(ge=1, le=365, description="How long a response is waited for.")
    waves: int = Field(default=4, ge=1, le=52, description="How many earlier audiences are looked at.")
    every: int = Field(default=7, ge=1, le=365, description="The days from one of them to the next.")
    least: int = Field(default=30, ge=5, description="How many people there have to be in them for a rate to be given.")


class Test(Spec):
    """How the action is tried: a part of the audience is held out by chance."""

    holdout: float = Field(default=0.2, gt=0, lt=1, description="The part held out.")
    arms: int = Field(default=1, ge=1, le=4, description="Into how many offers the treated are split.")


class Playbook(Spec):
    """A rule that turns what the data show into an action. `name` is that of its file."""

    label: Text = Field(description="What the kind of action is called.")
    about: Text = Field(description="When it speaks, in a sentence.")
    headline: Text = Field(description="The first line of the card; {names} are figures and columns of the row.")
    urgency: Urgency = Field(default="week", description="How soon.")
    owner: Text = Field(description="Who does it.")
    trigger: tuple[Trigger, ...] = Field(default=(), description="When it speaks; without one, whenever its audience is large enough.")
    audience: Audience | None = Field(default=None, description="Whom it concerns.")
    offer: tuple[Text, ...] = Field(min_length=1, description="What is done or offered, the first first.")
    channel: Text = Field(description="By what way.")
    when: Text = Field(description="When.")
    response: Response | None = Field(default=None, description="What such an audience does by itself.")
    numbers: dict[Name, Number] = Field(default={}, description="Figures, in the order they build on each other.")
    target: Name | None = Field(default=None, description="The figure that is aimed at.")
    cost: Name | None = Field(default=None, description="The figure of what it costs.")
    break_even: Name | None = Field(default=None, description="The figure of the smallest effect that pays.")
    worth: Name | None = Field(default=None, description="The figure that proposals are ranked by: money concerned.")
    test: Test | None = Field(default=None, description="How it is tried on people.")
    check: Text = Field(default=Text(), description="How one sees whether it helped, where nobody can be held out.")
    guards: tuple[Text, ...] = Field(default=(), description="What must not happen.")
    rest: int = Field(default=14, ge=1, le=365, description="Days after it was done or dismissed before it is proposed again.")
    answers: Watched | None = Field(default=None, description="Rows of ordinary answers that call for it.")

    @property
    def uses(self) -> tuple[Number, ...]:
        """All figures, those of triggers as well."""
        return (*self.numbers.values(), *(n for t in self.trigger for n in t.numbers.values()))


class Watched(Spec):
    """An answer with a comparison by one of these fields, in which a row grew or fell by so much, points to this playbook."""

    metrics: tuple[str, ...] = Field(min_length=1, description="Metrics of the answer.")
    by: tuple[str, ...] = Field(min_length=1, description="Its only group is one of these.")
    falls: float | None = Field(default=None, gt=0, lt=1, description="The fall that counts, as a part of one.")
    rises: float | None = Field(default=None, gt=0, description="The rise that counts, as a part of one.")


for _model in (Trigger, Audience, Playbook):
    _model.model_rebuild()
