"""A planned chart as a Vega-Lite specification with its data (https://vega.github.io/vega-lite/docs/, version 6).

Every value drawn is one of the answer's rows, or the sum of those put together as others; beside each stands the text of the
table, for labels and tooltips.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from assistant.answer.beside import seen
from assistant.answer.cells import key_text
from assistant.answer.chart.look import COLOURS, FAINT, config, number_expression
from assistant.answer.chart.plan import CALENDAR, OTHERS, Plan
from assistant.answer.chart.provinces import tile_of, tiles
from assistant.answer.model import Answer, AnswerColumn
from assistant.answer.numbers import shown
from prompts import word

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_BAR_STEP = 22  # pixels
_PAIR_STEP = 14
_HEIGHT = 280
_SPARK_HEIGHT = 100
_PANEL_WIDTH = 560
_MOST_POINTS = 62  # that are marked on a line
_PANEL_HEIGHT = 160
_LETTER = 7  # pixels of a letter; a Chinese character has two
_SWATCH = 34
_LEGEND_LIMIT = 240
_LABEL_LIMIT = 300
_SPARK_ROOM = 18
_NAMED_POINTS = 3  # of each axis
_AROUND = {"zero": False, "padding": 14}
_STEEP = 0.6  # a line whose least value is above this part of the greatest does not begin at zero
_FUNNEL_STEP = 40
_FUNNEL_ROOM = 1.9  # of half the first step, for the texts to the right
_TILES = (9, 8)  # columns and rows
_TILE_HEIGHT = 44
_LIGHT_FROM = 0.62  # of the range of colours, where dark letters are read better than white ones
_TEXT_ROOM = 1.12  # of the longest bar, so that its number has room

_DAY = dt.timedelta(days=1)

Spec = dict[str, Any]


def spec_of(answer: Answer, plan: Plan) -> Spec:
    """The specification; its numbers are raw, its texts in the answer's language."""
    drawing = _Drawing(answer, plan)
    return {"$schema": SCHEMA, "title": drawing.title(), "config": config(), **drawing.body()}


class _Drawing:
    def __init__(self, answer: Answer, plan: Plan) -> None:
        self.answer, self.plan, self.lang = answer, plan, answer.lang
        beside = seen(answer, answer.trend) if plan.form == "spark" and answer.trend else answer
        self.columns, self.period = beside.columns, beside.period
        pairs = plan.form == "bar" and plan.series is not None
        self.labels = _labels(beside, plan, plan.key, short=pairs)
        self.names = _labels(beside, plan, plan.series, short=pairs)
        if pairs:
            self.labels = [word("chart_pair", self.lang, group=name, member=label) for name, label in zip(self.names, self.labels, strict=True)]
        self.values, self.height = plan.values, _HEIGHT

    def body(self) -> Spec:
        """Marks and encodings: one chart, or one above the other for values that are written differently."""
        values = self.plan.values
        if self.plan.form in ("scatter", "funnel") or len({_written(self.columns[v]) for v in values}) == 1:
            return {"width": "container", **self._chart(values)}
        self.height = _PANEL_HEIGHT
        panels = [{"width": _PANEL_WIDTH, **self._chart((v,), titled=True)} for v in values]
        return {"vconcat": panels}

    def is_figure(self, value: float) -> bool:
        """Whether a value is the only one of the answer: a trend within its period has others."""
        figure = self.answer.rows[0][0]
        return isinstance(figure, (int, float)) and math.isclose(figure, value, rel_tol=1e-9)

    def title(self) -> Spec:
        """What is measured and by what; below it the period, and what became of members without a place."""
        own = [self.columns[v].label for v in self.plan.values if self.columns[v].role != "previous"]
        measured = word("list_join", self.lang).join(dict.fromkeys(own))
        keys = [self.columns[k].label for k in (self.plan.key, self.plan.series) if k is not None]
        text = word("chart_title", self.lang, metric=measured, group=word("chart_and", self.lang).join(keys)) if keys else measured
        below = [self._period(), self._rest(), self._left_out(), word("chart_partial", self.lang) if self.plan.partial else ""]
        return {"text": text, "subtitle": word("chart_below", self.lang).join(filter(None, below))}

    def _period(self) -> str:
        period = self.period
        if period is None or period.start is None or period.end is None:
            return ""
        last = period.end - _DAY
        return str(last) if period.start == last else word("chart_period", self.lang, start=period.start, end=last)

    def _left_out(self) -> str:
        """How many metrics have no panel."""
        if self.plan.form in ("spark", "funnel", "scatter"):
            return ""
        left = [c for i, c in enumerate(self.columns) if c.role == self.columns[self.plan.values[0]].role and i not in self.plan.values]
        return word("chart_left", self.lang, metrics=word("list_join", self.lang).join(c.label for c in left)) if left else ""

    def _rest(self) -> str:
        if not self.plan.rest:
            return ""
        return word("chart_folded" if self.plan.folded else "chart_cut", self.lang, n=self.plan.rest)

    def _chart(self, values: tuple[int, ...], titled: bool = False) -> Spec:
        self.values = values
        many = len(values) > 1 or self.plan.series is not None
        column = self.columns[values[0]]
        return {"data": {"values": self._data(values)}, **getattr(self, f"_{self.plan.form}")(column, many, column.label if titled else None)}

    def _data(self, values: tuple[int, ...]) -> list[Spec]:
        if self.plan.form == "scatter":
            named = self._outermost()
            return [self._point(at, row) | ({"named": True} if at in named else {}) for at, row in enumerate(self.plan.rows)]
        if self.plan.form == "map":
            return self._tiles(values[0])
        if self.plan.form == "funnel":
            return self._steps(values)
        out = []
        for at, row in enumerate(self.plan.rows):
            for value in values:
                column = self.columns[value]
                name = self.names[at] if self.plan.series is not None else column.label
                out.append({"key": self._key(at, column), "series": name, "value": row[value], "text": self._text(column, row[value]), "at": at})
                if at in self.plan.partial:
                    out[-1]["partial"] = True
        return out

    def _tiles(self, value: int) -> list[Spec]:
        """A datum for each province, with its place on the map."""
        column = self.columns[value]
        found = {tile: at for at, row in enumerate(self.plan.rows) if (tile := tile_of(row[self.plan.key or 0])) is not None}
        out = []
        for tile in tiles().values():
            place = {"name": tile.zh if self.lang == "zh" else tile.en, "column": tile.column, "row": tile.row}
            at = found.get(tile)
            own = self.plan.rows[at][value] if at is not None else None
            key = self.labels[at] if at is not None else place["name"]
            out.append({"key": key, "series": column.label, "value": own, "text": self._text(column, own), **place})
        return out

    def _steps(self, values: tuple[int, ...]) -> list[Spec]:
        """A datum for each step, with its part of the step before."""
        cells = [(self.columns[v].label, self.columns[v], self.plan.rows[0][v]) for v in values]
        if self.plan.key is not None:
            column = self.columns[values[0]]
            cells = [(self.labels[at], column, row[values[0]]) for at, row in enumerate(self.plan.rows)]
        out: list[Spec] = []
        for at, (label, column, value) in enumerate(cells):
            text = self._text(column, value)
            before = out[-1]["value"] if out else None
            rate = shown(value / before, "percent", "", self.lang) if before else ""
            said = word("chart_step", self.lang, value=text, rate=rate) if rate else text
            out.append({"key": label, "series": column.label, "value": value, "text": text, "rate": rate, "said": said, "at": at})
        return out

    def _key(self, at: int, column: AnswerColumn) -> str:
        return self.labels[at] if self.plan.key is not None else column.label

    def _outermost(self) -> set[int]:
        """The places of the points that stand out to the right and at the top, to be named."""
        known = [at for at, row in enumerate(self.plan.rows) if None not in (row[v] for v in self.plan.values)]
        return {at for v in self.plan.values for at in sorted(known, key=lambda at: -self.plan.rows[at][v])[:_NAMED_POINTS]}

    def _point(self, at: int, row: tuple[Any, ...]) -> Spec:
        x, y = self.plan.values
        a, b = self.columns[x], self.columns[y]
        return {"key": self.labels[at], "x": row[x], "y": row[y], "text": self._text(a, row[x]), "text_y": self._text(b, row[y])}

    def _text(self, column: AnswerColumn, value: Any) -> str:
        return shown(value, "percent" if column.role in ("share", "growth") else column.format, column.unit, self.lang)

    def _quantity(self, column: AnswerColumn, title: str | None = None, **more: Any) -> Spec:
        axis = {"labelExpr": number_expression(column, self.lang), "title": title, "tickCount": 5}
        return {"field": "value", "type": "quantitative", "axis": axis, **more}

    def _category(self, **more: Any) -> Spec:
        return {"field": "key", "type": "nominal", "sort": list(dict.fromkeys(self.labels)) or None, "title": None, **more}

    def _ordinal(self) -> Spec:
        """Keys along the bottom, upright: turned Chinese is hard to read."""
        axis = {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 4, "labelFontSize": 11, "title": None}
        return self._category(type="ordinal", axis=axis, **self._calendar())

    def _calendar(self) -> Spec:
        """All parts of the calendar between the first and the last, also those without a row: an hour without orders has its place."""
        key = self.columns[self.plan.key] if self.plan.key is not None else None
        parts = [row[self.plan.key] for row in self.plan.rows if self.plan.key is not None]
        if key is None or key.grain not in CALENDAR or not all(isinstance(p, int) for p in parts) or parts != sorted(parts):
            return {}
        every = [key_text(key, part, self.lang) for part in range(parts[0], parts[-1] + 1)]
        return {"sort": every, "scale": {"domain": every}}

    def _colour(self, many: bool) -> Spec:
        if not many:
            return {"value": COLOURS[0]}
        names = list(dict.fromkeys(self.names)) if self.plan.series is not None else [self.columns[v].label for v in self.plan.values]
        others = word("chart_others", self.lang, n=self.plan.rest)
        earlier = {c.label for c in self.columns if c.role == "previous"}
        faint = {others, *earlier}
        bright = iter(COLOURS)
        colours = [FAINT if name in faint else next(bright, FAINT) for name in names]
        longest = max((_letters(name) for name in names), default=1)
        columns = max(1, min(len(names), _PANEL_WIDTH // (longest * _LETTER + _SWATCH)))
        legend = {"title": None, "columns": columns, "labelLimit": _LEGEND_LIMIT} if self.plan.key is not None else None
        return {"field": "series", "type": "nominal", "sort": None, "scale": {"domain": names, "range": colours}, "legend": legend}

    def _tooltip(self, many: bool) -> list[Spec]:
        shown_key = [{"field": "key", "title": self.columns[self.plan.key].label}] if self.plan.key is not None else []
        name = self.columns[self.plan.series].label if self.plan.series is not None else " "
        series = [{"field": "series", "title": name}] if many else []
        return [*shown_key, *series, {"field": "text", "title": self.columns[self.plan.values[0]].label}]

    def _line(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        numbers = [row[v] for row in self.plan.rows for v in self.values if row[v] is not None]
        steep = bool(numbers) and min(numbers) > _STEEP * max(numbers) > 0
        encoding = {"x": self._ordinal(), "y": self._quantity(column, title, scale={"zero": not steep}), "tooltip": self._tooltip(many)}
        colour = {"color": self._colour(many)}
        line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": colour, "transform": [{"filter": "!datum.partial"}]}
        whole = {"mark": {"type": "point", "filled": True, "size": 36}, "encoding": colour, "transform": [{"filter": "!datum.partial"}]}
        partial = {"mark": {"type": "point", "filled": False, "size": 36}, "encoding": colour, "transform": [{"filter": "datum.partial"}]}
        layers = [line, *([whole] if len(self.plan.rows) <= _MOST_POINTS else []), *([partial] if self.plan.partial else [])]
        return {"height": self.height, "encoding": encoding, "layer": layers}

    def _spark(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        """A small line; its last point with its number."""
        ends = [self.labels[0], self.labels[-1]]
        line = self._line(column, False, None)
        x = self._category(type="ordinal", axis={"labelAngle": 0, "values": ends, "ticks": False, "title": None, "labelOverlap": False})
        y = {**line["encoding"]["y"], "axis": None}
        y["scale"] = {**y["scale"], "padding": _SPARK_ROOM, "nice": False}
        last = [{"filter": {"field": "at", "equal": len(self.plan.rows) - 1}}]
        before, end = (row[self.plan.values[0]] or 0 for row in self.plan.rows[-2:])
        beside = {"dy": 14 if end < before else -12}  # where the line does not come from
        text = {"mark": {"type": "text", "align": "right", "fontSize": 12, "fontWeight": "bold", **beside}, "encoding": {"text": {"field": "text"}}}
        points = [{**layer, "transform": [*layer["transform"], *last]} for layer in line["layer"][1:]]
        said = [{**text, "transform": last}] if self.is_figure(end) else []
        layers = [line["layer"][0], *points, *said]
        return {"height": _SPARK_HEIGHT, "encoding": {**line["encoding"], "x": x, "y": y}, "layer": layers}

    def _funnel(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        """Bars around a middle, each with its number and its part of the step before."""
        numbers = [d["value"] for d in self._data(self.plan.values)]
        half = max(numbers) / 2
        around = [{"calculate": "-datum.value / 2", "as": "low"}, {"calculate": "datum.value / 2", "as": "high"}]
        axis = {"domain": False, "ticks": False, "labelPadding": 8}
        order = {"field": "key", "type": "nominal", "sort": {"field": "at"}, "title": None, "axis": axis}
        x = {"field": "low", "type": "quantitative", "axis": None, "scale": {"domain": [-half, half * _FUNNEL_ROOM], "nice": False}}
        bars = {"mark": {"type": "bar", "height": {"band": 0.82}, "color": COLOURS[0]}, "encoding": {"x": x, "x2": {"field": "high"}}}
        label = {"type": "text", "align": "left", "dx": 8, "fontSize": 12}
        texts = {"mark": label, "encoding": {"x": {**x, "field": "high"}, "text": {"field": "said"}}}
        tooltip = [{"field": "key", "title": " "}, {"field": "said", "title": column.label}]
        return {"height": {"step": _FUNNEL_STEP}, "transform": around, "encoding": {"y": order, "tooltip": tooltip}, "layer": [bars, texts]}

    def _map(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        """Provinces as tiles; those that the answer does not hold are empty."""
        known = self._known()["domain"]
        place = {
            "x": {"field": "column", "type": "ordinal", "axis": None, "scale": {"domain": list(range(_TILES[0])), "paddingInner": 0.06}},
            "y": {"field": "row", "type": "ordinal", "axis": None, "scale": {"domain": list(range(_TILES[1])), "paddingInner": 0.06}},
        }
        scale = {"scheme": "viridis", "domain": known if known[0] < known[1] else [known[0], known[0] + 1]}
        legend = {"title": None, "labelExpr": number_expression(column, self.lang), "orient": "right", "gradientLength": 160}
        colour = {"field": "value", "type": "quantitative", "scale": scale, "legend": legend}
        without, with_value = [{"filter": "!isValid(datum.value)"}], [{"filter": "isValid(datum.value)"}]
        outline = {"type": "rect", "cornerRadius": 4, "fillOpacity": 0, "stroke": FAINT, "strokeWidth": 0.7}
        ink = {"condition": {"test": f"isValid(datum.value) && datum.value < {self._dark()}", "value": "#FFFFFF"}, "value": "#1A1A1A"}
        names = {"fontSize": 12 if self.lang == "zh" else 9, "type": "text"}
        layers = [
            {"mark": outline, "transform": without},
            {"mark": {"type": "rect", "cornerRadius": 4}, "encoding": {"color": colour}, "transform": with_value},
            {"mark": {**names, "color": FAINT}, "encoding": {"text": {"field": "name"}}, "transform": without},
            {"mark": {**names, "dy": -6}, "encoding": {"text": {"field": "name"}, "color": ink}, "transform": with_value},
            {"mark": {"type": "text", "fontSize": 10, "dy": 8}, "encoding": {"text": {"field": "text"}, "color": ink}, "transform": with_value},
        ]  # fmt: skip
        tooltip = [{"field": "key", "title": self.columns[self.plan.key or 0].label}, {"field": "text", "title": column.label}]
        return {"height": {"step": _TILE_HEIGHT}, "encoding": {**place, "tooltip": tooltip}, "layer": layers}

    def _area(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        encoding = {"x": self._ordinal(), "y": self._quantity(column, title), "color": self._colour(many), "tooltip": self._tooltip(many)}
        return {"height": _HEIGHT, "mark": {"type": "area", "opacity": 0.7, "line": True}, "encoding": encoding}

    def _column(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        encoding: Spec = {"x": self._turned(self._ordinal()), "y": self._quantity(column, title), "tooltip": self._tooltip(many)}
        if many:
            encoding["xOffset"] = {"field": "series", "sort": None}
        bars = {"mark": "bar", "encoding": {"color": self._colour(many)}}
        texts = {"mark": {"type": "text", "dy": -7, "fontSize": 11}, "encoding": {"text": {"field": "text"}}}
        longest = max((_letters(self._text(column, row[self.values[0]])) for row in self.plan.rows), default=1)
        room = len(self.plan.rows) * longest * _LETTER <= _PANEL_WIDTH
        return {"height": self.height, "encoding": encoding, "layer": [bars, texts] if room and not many else [bars]}

    def _bar(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        grouped = self.plan.series is not None
        pair = many and self.plan.key is not None and not grouped
        encoding: Spec = {"y": self._category(), "x": self._quantity(column, title, scale=self._room()), "tooltip": self._tooltip(many)}
        if pair:
            encoding["yOffset"] = {"field": "series", "sort": None}
        groups = len(set(self.names))
        telling = grouped and groups < len(self.plan.rows) and groups <= len(COLOURS)  # one colour for each group
        colour = {**self._colour(many), "legend": None} if telling else self._colour(many) if many and not grouped else self._faint_others()
        encoding["y"]["axis"] = {"labelLimit": _LABEL_LIMIT, "title": None}
        bars = {"mark": "bar", "encoding": {"color": colour}}
        texts = {"mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11}, "encoding": {"text": {"field": "text"}}}
        # Offsets need a step for the whole group of a key.
        return {"height": {"step": _PAIR_STEP, "for": "offset"} if pair else {"step": _BAR_STEP}, "encoding": encoding, "layer": [bars, texts]}

    def _faint_others(self) -> Spec:
        others = {"test": {"field": "key", "equal": word("chart_others", self.lang, n=self.plan.rest)}, "value": FAINT}
        return {"condition": others, "value": COLOURS[0]} if self.plan.folded else {"value": COLOURS[0]}

    def _room(self) -> Spec:
        numbers = [row[v] for row in self.plan.rows for v in self.values if row[v] is not None]
        most = max(numbers, default=0)
        return {"domainMax": most * _TEXT_ROOM} if most > 0 else {}

    def _stacked(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        along_time = self.plan.key is not None and self.columns[self.plan.key].role == "time"
        key, size = ("x", "y") if along_time else ("y", "x")
        encoding = {
            key: self._ordinal() if along_time else self._category(),
            size: self._quantity(column, title, stack="zero"),
            "color": self._colour(many),
            "order": {"field": "at"},
            "tooltip": self._tooltip(many),
        }
        return {"height": _HEIGHT if along_time else {"step": _BAR_STEP}, "mark": "bar", "encoding": encoding}

    def _grouped(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        encoding = {
            "y": self._category(), "x": self._quantity(column, title, scale=self._room()), "yOffset": {"field": "series", "sort": None},
            "tooltip": self._tooltip(many),
        }  # fmt: skip
        bars = {"mark": "bar", "encoding": {"color": self._colour(many)}}
        texts = {"mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 10}, "encoding": {"text": {"field": "text"}}}
        return {"height": {"step": _PAIR_STEP, "for": "offset"}, "encoding": encoding, "layer": [bars, texts]}

    def _pie(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        others = word("chart_others", self.lang, n=self.plan.rest)
        colours = [FAINT if name == others else COLOURS[at % len(COLOURS)] for at, name in enumerate(self.labels)]
        legend = {"title": None, "orient": "right"}
        colour = {"field": "key", "type": "nominal", "sort": None, "scale": {"domain": self.labels, "range": colours}, "legend": legend}
        theta = {"field": "value", "type": "quantitative", "stack": True}
        encoding = {"theta": theta, "order": {"field": "at"}, "tooltip": self._tooltip(many)}
        arcs = {"mark": {"type": "arc", "outerRadius": 110, "innerRadius": 55}, "encoding": {"color": colour}}
        texts = {"mark": {"type": "text", "radius": 145, "fontSize": 11}, "encoding": {"text": {"field": "text"}}}
        return {"height": _HEIGHT + 20, "encoding": encoding, "layer": [arcs, texts]}

    def _heat(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        legend = {"title": None, "labelExpr": number_expression(column, self.lang), "orient": "right"}
        colour = {"field": "value", "type": "quantitative", "scale": {"scheme": "viridis", **self._known()}, "legend": legend}
        y = {"field": "series", "type": "nominal", "sort": self._in_order(self.plan.series, self.names), "title": None}
        x = self._ordinal()
        if self.plan.key is not None:
            x["sort"] = self._in_order(self.plan.key, self.labels)
        ink = {"condition": {"test": f"datum.value < {self._dark()}", "value": "#FFFFFF"}, "value": "#1A1A1A"}
        across = len(set(self.labels))
        widest = max((_letters(self._text(column, row[self.values[0]])) for row in self.plan.rows), default=1)
        texts = {"mark": {"type": "text", "fontSize": 10}, "encoding": {"text": {"field": "text"}, "color": ink}}
        layers = [{"mark": "rect", "encoding": {"color": colour}}, *([texts] if across * widest * _LETTER <= _PANEL_WIDTH else [])]
        return {"height": {"step": _BAR_STEP}, "encoding": {"x": self._turned(x), "y": y, "tooltip": self._tooltip(True)}, "layer": layers}

    def _turned(self, x: Spec) -> Spec:
        """An axis whose labels are turned where they have no room side by side; periods may leave some out instead."""
        column = self.columns[self.plan.key] if self.plan.key is not None else None
        if column is not None and column.role != "time" and sum(_letters(label) * _LETTER for label in dict.fromkeys(self.labels)) > _PANEL_WIDTH:
            return {**x, "axis": {"labelAngle": -35, "title": None, "labelLimit": _LEGEND_LIMIT}}
        return x

    def _dark(self) -> float:
        """The value below which a cell is dark."""
        low, high = self._known().get("domain", [0, 0])
        return float(low + (high - low) * _LIGHT_FROM)

    def _known(self) -> Spec:
        """The range of the cells whose members are known: the unknown ones may dwarf them."""
        value, keys = self.plan.values[0], [k for k in (self.plan.key, self.plan.series) if k is not None]
        numbers = [row[value] for row in self.plan.rows if row[value] is not None and all(row[k] is not None for k in keys)]
        return {"domain": [min(numbers), max(numbers)], "clamp": True} if numbers else {}

    def _in_order(self, column: int | None, labels: list[str]) -> list[str]:
        """The labels in the order of the calendar, where they are parts of it; else as they come."""
        if column is None or self.columns[column].role != "time":
            return list(dict.fromkeys(labels))
        pairs = {row[column]: label for row, label in zip(self.plan.rows, labels, strict=True)}
        return [pairs[value] for value in sorted(pairs, key=lambda v: (v is None, v))]

    def _scatter(self, column: AnswerColumn, many: bool, title: str | None) -> Spec:
        x, y = (self.columns[v] for v in self.plan.values)
        key = self.columns[self.plan.key] if self.plan.key is not None else x
        tooltip = [{"field": "key", "title": key.label}, {"field": "text", "title": x.label}, {"field": "text_y", "title": y.label}]
        encoding = {
            "x": {**self._quantity(x, x.label, scale=_AROUND), "field": "x"},
            "y": {**self._quantity(y, y.label, scale=_AROUND), "field": "y"},
            "tooltip": tooltip,
        }
        points = {"mark": {"type": "point", "filled": True, "color": COLOURS[0]}}
        text = {"mark": {"type": "text", "dy": -10, "fontSize": 11}, "encoding": {"text": {"field": "key"}}}
        names = {**text, "transform": [{"filter": "datum.named"}]}
        return {"height": _HEIGHT + 60, "encoding": encoding, "layer": [points, names]}


def _letters(text: str) -> int:
    """How wide a text is, in letters."""
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)


def _written(column: AnswerColumn) -> tuple[str, str]:
    """Columns with equal ones can share an axis."""
    return ("percent", "") if column.role == "share" else ("number" if column.format == "integer" else column.format, column.unit)


def _labels(answer: Answer, plan: Plan, at: int | None, short: bool = False) -> list[str]:
    """What each row is called along an axis, `short` without the value that a name is of; two members of one name are told apart."""
    if at is None:
        return []
    column, taken, called = answer.columns[at], dict[str, Any](), dict[Any, str]()
    for row in plan.rows:
        member = row[at]
        if member in called:
            continue
        text = word("chart_others", answer.lang, n=plan.rest) if member is OTHERS else key_text(column, member, answer.lang)
        text = text.removesuffix(f" ({member})").removesuffix(f"（{member}）") if short else text
        called[member] = text if text not in taken else f"{text} ({member})"
        taken[text] = member
    return [called[row[at]] for row in plan.rows]

