"""What was found of a change, in words, bars and ways to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.analyses.amounts import Amounts, conditions_of, slice_name
from assistant.analyses.events import Happened, Moved
from assistant.analyses.explained import Driver, Explained, on_record
from assistant.analyses.factors import Effect
from assistant.analyses.scan import LEAST_PAST
from assistant.analyses.shares import Shift, effects_of_members, most_telling, shift_of_shares
from assistant.analyses.study import Found, Study
from assistant.analyses.tables import Table
from assistant.answer.chart.contributions import contributions
from assistant.answer.model import Answer, AnswerColumn, Choice, Finding
from semantic_layer.query import Condition, MetricRef, SemanticQuery

_MOST_MEMBERS = 3
_EXACT = 1e-9


def told(study: Study, out: Explained, answer: Answer) -> Found:
    """The sentences, the findings, the chart and the next questions."""
    return _Teller(study, out, answer).found()


class _Teller:
    def __init__(self, study: Study, out: Explained, answer: Answer) -> None:
        self.study, self.out, self.answer = study, out, answer
        self.speaker, self.say, self.amounts = study.speaker, study.speaker.word, out.amounts
        self.shift = None if out.drivers else shift_of_shares(out.tables.values())
        self.parts = most_telling(out.tables.values()) if not out.drivers else None

    def found(self) -> Found:
        out = self.out
        if out.before != out.before or out.now != out.now:
            return Found(text=self._text(self.say("why_no_base")), alone=True)
        if out.change == 0:
            return Found(text=self._text(self.say("why_unchanged", metric=self.amounts.name)), alone=True)
        findings = [*self._size(), *self._factors(), *self._mix(), *self._drivers(), *self._members(), *self._on_record(), *self._sum()]
        return Found(tuple(findings), self._text(self._headline()), alone=True, chart=self._chart(), next=tuple(self._next()))

    # -- the sentence -----------------------------------------------------------------------------------------

    def _text(self, headline: str) -> str:
        out, parts = self.out, [self._opposite()]
        if out.usual and out.usual.holds(out.before, out.now):
            parts.append(self.say("why_noise"))
        parts += [self._groups() if out.sides.field else self.answer.text, headline]
        text = ""
        for part in filter(None, parts):
            text = self.say("sentences", first=text, second=part) if text else part
        return text

    def _opposite(self) -> str:
        out = self.out
        if not out.expected or out.change * out.expected > 0 or out.change != out.change:
            return ""
        if out.sides.field:
            now, before = self._side_names()
            return self.say("why_opposite_above" if out.expected < 0 else "why_opposite_below", now=now, before=before, metric=self.amounts.name)
        if out.change == 0:
            return ""
        return self.say("why_opposite_rose" if out.change > 0 else "why_opposite_fell", metric=self.amounts.name)

    def _within(self) -> str:
        out = self.out
        assert out.usual
        growth, usual = self.amounts.growth(out.before, out.now), self.amounts.share(out.usual.towards(out.change))
        return self.say("why_within", growth=growth, n=out.usual.periods, usual=usual)

    def _groups(self) -> str:
        out, (now, before) = self.out, self._side_names()
        a, b = self.amounts.value(out.now), self.amounts.value(out.before)
        return self.say("why_groups", metric=self.amounts.name, now=now, before=before, a=a, b=b, change=self.amounts.change(out.change))

    def _side_names(self) -> tuple[str, str]:
        sides = self.out.sides
        now, before = (self.speaker.value(sides.field, getattr(side.where[0], "value", "")) for side in (sides.now, sides.before))
        return now, before

    def _headline(self) -> str:
        if self.out.drivers:
            return self._briefly(self.out.drivers[0])
        if self.shift:
            return self._shifted(self.shift)
        return self.say("why_nothing") if self.out.scanned else ""

    # -- findings ---------------------------------------------------------------------------------------------

    def _size(self) -> Iterator[Finding]:
        out = self.out
        if out.sides.field:
            return
        numbers = {"before": out.before, "now": out.now, "change": out.change}
        if out.usual is None:
            if not out.scanned:
                yield Finding(kind="change", text=self.say("why_short_history", n=LEAST_PAST), numbers=numbers)
            return
        numbers |= {
            "growth": out.change / out.before if out.before else 0.0,
            "usual": out.usual.towards(out.change),
            "periods": float(out.usual.periods),
        }
        if out.usual.holds(out.before, out.now):
            yield Finding(kind="change", text=self._within(), numbers=numbers)
            return
        growth, change = self.amounts.growth(out.before, out.now), self.amounts.change(out.change)
        text = self.say("why_beyond", change=change, growth=growth, n=out.usual.periods, usual=self.amounts.share(out.usual.towards(out.change)))
        yield Finding(kind="change", text=text, numbers=numbers, score=1.0)

    def _factors(self) -> Iterator[Finding]:
        out = self.out
        if not out.effects:
            return
        text = self.say("why_factors", parts=self._factor_parts(out.effects), total=self.amounts.change(out.change))
        yield Finding(kind="factor", text=text, numbers={**{e.metric: e.effect for e in out.effects}, "total": out.change})

    def _factor_parts(self, effects: list[Effect]) -> str:
        phrase = "why_factor_groups" if self.out.sides.field else "why_factor"
        said = []
        for e in effects:
            own = Amounts(self.speaker, MetricRef(metric=e.metric))
            said.append(self.say(phrase, metric=own.name, before=own.value(e.before), now=own.value(e.now), effect=self.amounts.change(e.effect)))
        return self.speaker.join(said)

    def _mix(self) -> Iterator[Finding]:
        if self.shift:
            numbers = {"mix": self.shift.mix, "rate": self.shift.rate, "total": self.out.change}
            yield Finding(kind="mix", text=self._shifted(self.shift), numbers=numbers, score=abs(self.shift.mix / self.out.change))

    def _shifted(self, shift: Shift) -> str:
        dimension, change = self.speaker.field(shift.field), self.amounts.change
        text = self.say("why_mix", dimension=dimension, mix=change(shift.mix), rate=change(shift.rate), total=change(self.out.change))
        if not shift.all_against:
            return text
        ways = ("why_rose", "why_fell") if self.out.change < 0 else ("why_fell", "why_rose")
        against = self.say("why_simpson", dimension=dimension, direction=self.say(ways[0]), other=self.say(ways[1]))
        return self.say("sentences", first=against, second=text)

    def _drivers(self) -> Iterator[Finding]:
        for driver in self.out.drivers:
            numbers = {
                "before": driver.before,
                "now": driver.now,
                "effect": driver.effect,
                "share": driver.effect / self.out.change,
                "z": driver.part.z,
            }
            numbers |= {f"growth{of}": (now - was) / was for of, was, now in self._growths(driver) if was}
            query = self._of(conditions_of(driver.part)).to_dict()
            yield Finding(kind="driver", text=self._driver(driver), numbers=numbers, score=driver.part.score, query=query)
            if driver.effects:
                text = self.say("why_inside", slice=slice_name(driver.part, self.speaker), parts=self._factor_parts(driver.effects))
                yield Finding(kind="factor", text=text, numbers={e.metric: e.effect for e in driver.effects}, query=query)

    def _briefly(self, driver: Driver) -> str:
        along = driver.effect * self.out.change > 0
        if not along:
            return self._driver(driver)
        phrase = "why_brief_fall" if self.out.change < 0 else "why_brief_rise"
        return self.say(phrase, slice=slice_name(driver.part, self.speaker), share=self.amounts.share(driver.effect / self.out.change))

    @staticmethod
    def _growths(driver: Driver) -> tuple[tuple[str, float, float], ...]:
        return ("", driver.before, driver.now), ("_rest", driver.rest_before, driver.rest_now)

    def _driver(self, driver: Driver) -> str:
        out, growth = self.out, self.amounts.growth
        along = driver.effect * out.change > 0
        phrase = ("why_driver_fall" if out.change < 0 else "why_driver_rise") if along else "why_against"
        text = self.say(
            phrase,
            slice=slice_name(driver.part, self.speaker),
            before=self.amounts.value(driver.before),
            now=self.amounts.value(driver.now),
            growth=growth(driver.before, driver.now),
            rest=growth(driver.rest_before, driver.rest_now),
        )
        share = self.say("why_share", share=self.amounts.share(driver.effect / out.change)) if along else ""
        return text + share + (self.say("why_was_odd") if driver.part.earlier else "") + self.say("why_stop")

    def _of(self, part: tuple[Condition, ...]) -> SemanticQuery:
        return self.study.query.model_copy(update={"where": (*self.study.query.where, *part)})

    def _members(self) -> Iterator[Finding]:
        """The largest contributions by one dimension, where no slice stands out."""
        table, out = self.parts, self.out
        if table is None or (out.usual and out.usual.holds(out.before, out.now)):
            return
        members = self._largest(table)
        rest = _rest(out.change, members)
        said = self.speaker.join([self.say("why_part", member=m, change=self.amounts.change(e)) for m, e in members])
        change = self.amounts.change
        text = self.say("why_parts", dimension=self.speaker.field(table.fields[0]), parts=said, rest=change(rest), total=change(out.change))
        yield Finding(kind="rate" if out.is_rate else "part", text=text, numbers={**dict(members), "rest": rest, "total": out.change})

    def _largest(self, table: Table) -> list[tuple[str, float]]:
        effects = effects_of_members(table)
        order = sorted(range(len(effects)), key=lambda i: -abs(effects[i]))[:_MOST_MEMBERS]
        return [(self._member(table, i), float(effects[i])) for i in order]

    def _member(self, table: Table, row: int) -> str:
        value = table.keys[row][0]
        if value is None:
            return self.say("unknown")
        if isinstance(value, bool):
            return f"{self.speaker.field(table.fields[0])}={self.say('yes' if value else 'no')}"
        return self.speaker.value(table.fields[0], value)

    def _on_record(self) -> Iterator[Finding]:
        for fact in on_record(self.study, self.out):
            if isinstance(fact, Happened):
                parts = {"days": fact.now, "other": fact.before, "name": fact.name, "start": fact.start, "last": fact.last}
                numbers = {"days": float(fact.now), "days_before": float(fact.before)}
                yield Finding(kind="event", text=self.say("why_event_now", **parts), numbers=numbers)
            elif isinstance(fact, Moved):
                yield self._moved(fact)
            else:
                what, now, names = fact
                phrase = "why_going_now" if now else "why_going_before"
                yield Finding(kind="event", text=self.say(phrase, what=what, names=self.speaker.join(names)))

    def _moved(self, fact: Moved) -> Finding:
        own = Amounts(self.speaker, MetricRef(metric=fact.metric))
        where = self.say("why_moved_where", conditions=self.speaker.conditions(fact.where)) if fact.where else ""
        text = self.say("why_moved", where=where, metric=own.name, before=own.value(fact.before), now=own.value(fact.now))
        query = self.study.query.model_copy(update={"metrics": (own.ref,), "where": (*self.out.where, *fact.where)})
        return Finding(kind="event", text=text, numbers={"before": fact.before, "now": fact.now, "z": fact.z}, query=query.to_dict())

    def _sum(self) -> Iterator[Finding]:
        out = self.out
        if not out.drivers:
            return
        parts = [(slice_name(d.part, self.speaker), d.effect) for d in out.drivers]
        if out.is_rate:
            parts.append((self.say("why_mix_part"), out.mix))
        parts.append((self.say("why_rest"), out.rest))
        said = self.speaker.join([self.say("why_part", member=m, change=self.amounts.change(e)) for m, e in parts])
        text = self.say("why_sum", parts=said, total=self.amounts.change(out.change), rest=self.amounts.change(out.rest))
        yield Finding(kind="unexplained", text=text, numbers={**dict(parts), "total": out.change})

    # -- chart and next ---------------------------------------------------------------------------------------

    def _chart(self) -> dict[str, object] | None:
        bars = self._bars()
        if len(bars) < 2:
            return None
        change, total = self.amounts.change, self.out.change
        drawn = [(name, value, change(value)) for name, value in [*bars, (self.say("why_total"), total)]]
        fmt, unit = self.amounts.format
        column = AnswerColumn(name="effect", label=self.amounts.name, type="number", unit=unit, format=fmt, role="difference")
        return contributions(self.say("why_chart", metric=self.amounts.name), self._below(), drawn, column, self.speaker.lang)

    def _below(self) -> str:
        sides = self.out.sides
        if sides.field:
            return self.say("why_versus", now=self._side_names()[0], before=self._side_names()[1])
        return self.say("why_versus", now=self.speaker.period(sides.now.time), before=self.speaker.period(sides.before.time))

    def _bars(self) -> list[tuple[str, float]]:
        out = self.out
        if out.drivers:
            bars = [(slice_name(d.part, self.speaker), d.effect) for d in out.drivers]
            return [*bars, *([(self.say("why_mix_part"), out.mix)] if out.is_rate else []), (self.say("why_rest"), out.rest)]
        if self.shift:
            own = self.say("why_rate_part", dimension=self.speaker.field(self.shift.field))
            return [(self.say("why_mix_part"), self.shift.mix), (own, self.shift.rate)]
        if out.effects:
            return [(Amounts(self.speaker, MetricRef(metric=e.metric)).name, e.effect) for e in out.effects]
        if self.parts is None:
            return []
        members = self._largest(self.parts)
        return [*members, (self.say("why_rest"), _rest(out.change, members))]

    def _next(self) -> Iterator[Choice]:
        for number, driver in enumerate(self.out.drivers, 1):
            query = self._of(conditions_of(driver.part))
            text = self.say("why_drill", query=slice_name(driver.part, self.speaker))
            yield Choice(id=str(number), text=text, query=query.to_dict(), analysis="drivers")


def _rest(change: float, members: Iterable[tuple[str, float]]) -> float:
    """What the members leave of a change; nothing where only rounding is left."""
    rest = change - sum(effect for _, effect in members)
    return 0.0 if abs(rest) < _EXACT * abs(change) else rest
