"""Broken metrics, conditions, names and values, each with the report it calls for."""

from __future__ import annotations

from tests.catalog.check.breaks import breaks as _b

SALES = "    expression: SUM(orders.amount)\n"
LOYAL = '      - {entity: customer, metric: baskets, op: ">=", value: 2}\n'
ROMAN = "    where: [{field: customers.city, value: Rome}]\n"


def _sales(expression: str) -> str:
    return f"    expression: {expression}  # here\n"


def _loyal(condition: str) -> str:
    return f"      - {condition}  # here\n"


METRICS = [
    _b("UnreadableMetric", SALES, _sales("SUM(orders.amount"), "metric sales", "cannot be parsed"),
    _b("UnreadableMetric", SALES, _sales("SUM(SUM(orders.amount)) OVER ()"), "window function"),
    _b("UnreadableMetric", SALES, _sales("SUM(orders.amount); DROP TABLE customers"), "statement"),
    _b("UnreadableMetric", SALES, _sales("baskets page_views"), "without an operator"),
    _b("UnreadableMetric", SALES, _sales("SUM(orders.amount) * ?"), "parameter"),
    _b("UnknownMetric", SALES, _sales("page_view * 2"), "no metric page_view.", "Did you mean page_views"),
    _b("UnknownMetric", SALES, _sales("amount"), "no metric amount.", "SUM(orders.amount)"),
    _b("UnknownMetricField", SALES, _sales("SUM(orders.amont)"), "no field amont", "amount"),
    _b("UnknownMetricField", SALES, _sales("SUM(order.amount)"), "no dataset order", "orders"),
    _b("UnknownMetricField", SALES, _sales("COUNT(visit.*)"), "no dataset visit", "visits"),
    _b("BareColumn", SALES, _sales("SUM(orders.amount) * orders.amount"), "orders.amount stands outside an aggregate"),
    _b("BareColumn", SALES, _sales("SUM(amount)"), "amount has no dataset", "Did you mean orders.amount?"),
    _b("NestedAggregate", SALES, _sales("AVG(SUM(orders.amount))"), "SUM(orders.amount) stands inside another"),
    _b("NoAggregate", SALES, _sales("1 + 1"), "no aggregate"),
    _b("NoAggregate", SALES, _sales("COUNT(*)"), "COUNT(dataset.*)"),
    _b("MixedDatasets", SALES, _sales("SUM(orders.amount * visits.customer_id)"), "orders and visits meet"),
    _b("CircularMetric", SALES, _sales("basket_value * baskets"), "sales -> basket_value -> sales"),
    _b("CircularMetric", LOYAL, _loyal("{entity: customer, metric: loyal, op: '>', value: 1}"), "loyal -> loyal"),
    _b(
        "MetricWithoutLabel",
        "  page_views:\n",
        "  pages: {expression: COUNT(visits.page)}  # here\n  page_views:\n",
        "no label",
    ),
    _b(
        "SecondDefault",
        "    expression: sales / baskets\n",
        "    expression: sales / baskets\n    default: true  # here\n",
        "sales is already",
    ),
]

METRICS += [
    _b("RefusedMetric", SALES, _sales("SUM(customers.city)"), "refuses SUM(customers.city)"),
    _b("ForbiddenFunction", SALES, _sales("SUM(lpad(orders.amount, 9, 0))"), "pad is not allowed"),
    _b("ForbiddenFunction", SALES, _sales("SUM(" + " + ".join(["orders.amount"] * 700) + ")"), "too complicated"),
    _b("OddFormat", SALES, SALES + "    format: currency  # here\n", "needs a unit"),
    _b("OddFormat", SALES, SALES + "    unit: USD\n    format: percent  # here\n", "USD is given"),
    _b("OddFormat", SALES, SALES + "    format: percent  # here\n", "a sum or a count"),
    _b("OddFormat", "    expression: sales / baskets\n", "    expression: sales / baskets\n    format: integer  # here\n", "quotient"),
]

CONDITIONS = [
    _b("UnknownConditionField", LOYAL, _loyal("{field: orders.amout, op: '>', value: 1}"), "no field amout", "amount"),
    _b(
        "UnknownConditionField",
        LOYAL,
        _loyal("{field: amount, op: '>', value: 1}"),
        "no field or entity amount",
        "orders.amount",
    ),
    _b(
        "UnknownConditionField",
        ROMAN,
        "    where: [{any_of: [{field: customers.town, value: Rome}]}]  # here\n",
        "segment roman",
    ),
    _b(
        "UnknownConditionField",
        LOYAL,
        _loyal("{entity: customer, exists: visits, where: [{field: visits.pages, value: x}]}"),
        "no field pages",
        "page",
    ),
    _b(
        "UnknownConditionField",
        LOYAL,
        _loyal("{entity: customer, exists: visits, time: {start: 2024-01-01, field: visits.at}}"),
        "no field at.",
    ),
    _b(
        "UnknownConditionEntity",
        LOYAL,
        _loyal("{entity: customers, exists: visits}"),
        "no entity customers",
        "customer?",
    ),
    _b(
        "UnknownConditionMetric",
        LOYAL,
        _loyal("{entity: customer, metric: basket, op: '>', value: 1}"),
        "no metric basket.",
    ),
    _b(
        "UnknownConditionMetric",
        ROMAN,
        "    where: [{negated: true, all_of: [{entity: customer, metric: {metric: sale}, top: 3}]}]  # here\n",
        "no metric sale.",
        "sales",
    ),
    _b("UnknownConditionDataset", LOYAL, _loyal("{entity: customer, exists: visit}"), "no dataset visit.", "visits"),
    _b(
        "UnknownConditionDataset",
        LOYAL,
        _loyal("{entity: customer, event: first, dataset: order}"),
        "no dataset order.",
    ),
    _b("UnknownConditionSegment", LOYAL, _loyal("{segment: romans}"), "no segment romans", "roman"),
    _b("CircularSegment", ROMAN, "    where: [{any_of: [{segment: roman}]}]  # here\n", "roman -> roman"),
    _b("UnreachableCondition", LOYAL, _loyal("{field: visits.page, value: home}"), "orders neither holds visits.page"),
    _b("UnreachableCondition", LOYAL, _loyal("{entity: customer, exists: notes}"), "notes neither holds customer"),
    _b(
        "UnreachableCondition",
        LOYAL,
        _loyal("{entity: product, metric: page_views, top: 1}"),
        "visits neither holds product",
    ),
    _b("UnreachableCondition", LOYAL, _loyal("{entity: customer, event: first, dataset: customers}"), "no time"),
]

VISIT = '    expression: COUNT(visits.*)\n'
CONDITIONS += [
    _b("UnreachableCondition", VISIT, VISIT + "    filter: [{segment: large}]  # here\n", "segment large", "orders.amount"),
    _b("UnreachableCondition", LOYAL, _loyal("{entity: customer, exists: visits, time: {field: notes.note_id}}"), "notes.note_id"),
    _b("UnreachableCondition", LOYAL, _loyal("{entity: customer, metric: {metric: sales, per: notes.mood}, top: 1}"), "notes.mood"),
    _b("UnreachableCondition", SALES, SALES + "    expect: {value: 8, where: [{field: notes.mood, value: good}]}  # here\n", "notes.mood"),
    _b("UnfitConditionValue", LOYAL, _loyal("{field: orders.amount, op: '>', value: many}"), "compared with 'many'; it needs a number"),
    _b("UnfitConditionValue", LOYAL, _loyal("{field: orders.amount, op: contains, value: '1'}"), "orders.amount is no text"),
    _b("UnfitConditionValue", LOYAL, _loyal("{field: orders.ordered_at, op: '<', value: soon}"), "it needs a date"),
    _b("UnfitConditionValue", LOYAL, _loyal("{field: customers.city, value: true}"), "it needs a text"),
    _b("UnfitConditionValue", LOYAL, _loyal("{field: customers.city, grain: month, value: Rome}"), "no grain month"),
    _b("UnknownConditionValue", ROMAN, "    where: [{field: customers.city, value: Roma}]  # here\n", "never 'Roma'", "Rome"),
]

NAMES = [
    _b(
        "MetricNameTwice",
        "    label: {en: baskets}\n",
        "    label: {en: ' SALES'}  # here\n",
        "metric sales",
        "shop.yaml:",
    ),
    _b(
        "DimensionNameTwice",
        "{label: {en: mood}}\n",
        "{label: {en: \uff23\uff29\uff34\uff39}}  # here\n",
        "customers.city",
    ),
    _b("DimensionNameTwice", "{label: {en: mood}}\n", "{synonyms: {zh: 顾客}}  # here\n", "entity customer"),
    _b(
        "SegmentNameTwice",
        "calendar:\n",
        f"  other:\n{ROMAN}    label: {{en: romans}}  # here\ncalendar:\n",
        "segment roman",
    ),
    _b(
        "MetricNameElsewhere",
        "    label: {en: baskets}\n",
        "    label: {en: Basket}  # here\n",
        "metric baskets",
        "entity basket",
    ),
    _b("MetricNameElsewhere", "    label: {en: baskets}\n", "    label: {en: Romans}  # here\n", "segment roman"),
    _b("ValueNameTwice", "{label: {en: Eternal City}}\n", "{label: {en: city of  light}}  # here\n", "'Paris'"),
    _b("ValueNameTwice", "{label: {en: Eternal City}}\n", "{synonyms: {en: [paris]}}  # here\n", "'Paris'"),
    _b(
        "EventNameTwice",
        "    autumn: {label: {en: autumn fair},",
        "    autumn: {label: {en: Spring Fair},  # here\n     ",
        "event spring",
    ),
]

TERM = "terms:\n  turnover: {means: [sales, baskets], label: {en: turnover}}\n"
EVENTS = "    spring: {label: {en: spring fair}, dates: [{start: 2024-03-01}]}\n"
NAMES += [
    _b("SegmentNameElsewhere", "    label: {en: Romans}\n", "    label: {en: City}  # here\n", "field customers.city"),
    _b("TermNameTwice", "calendar:\n", TERM.replace("en: turnover}}", "en: Sales}}  # here") + "calendar:\n", "metric sales"),
    _b("TermNameTwice", "calendar:\n", TERM + TERM[7:].replace("  turn", "  re").replace("}}\n", "}}  # here\n") + "calendar:\n", "term turnover"),
    _b("UnknownTermMeaning", "calendar:\n", TERM.replace("baskets], ", "orders.amont],  # here\n    ") + "calendar:\n", "no field amont"),
    _b("UnknownTermMeaning", "calendar:\n", TERM.replace("baskets], ", "basket],  # here\n    ") + "calendar:\n", "no metric basket"),
    _b("EventNameTwice", EVENTS, EVENTS.replace("spring fair}, ", "sales},  # here\n      "), "metric sales"),
    _b("ValueNameElsewhere", "{label: {en: Eternal City}}\n", "{label: {en: Basket}}  # here\n", "entity basket", "either"),
    _b("LabelInOneLanguage", "      region: {label: {en: region, zh: 地区}}\n", "      region: {label: {en: region}}  # here\n", "region has no label in Chinese"),
    _b("EventEndsEarly", EVENTS, EVENTS.replace("03-01}]}", "03-01, end: 2024-02-01}]}  # here"), "it ends on 2024-02-01"),
    _b("UnknownTimeZone", "calendar:\n", "calendar:\n  time_zone: Asia/Shanghi  # here\n", "Asia/Shanghai"),
    _b("LargeMetric", "metrics:\n", "metrics:\n" + "".join(f"  m{i}: {{expression: {'+'.join([f'm{i - 1}' if i else 'sales'] * 80)}, label: {{en: m{i}}}}}{'  # here' * (i == 1)}\n" for i in range(2)), "m1"),
]

VALUES = [
    _b(
        "UnknownValue",
        "          Rome: {",
        "          Roma:  # here\n            {",
        "'Roma' is not in the data",
        "Rome",
    ),
    _b(
        "UnknownOrderValue",
        "order: [Paris, Rome]\n",
        "order: [Paris, Rom]  # here\n",
        "'Rom' is not in the data",
        "Rome",
    ),
]
