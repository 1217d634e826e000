"""Broken datasets, fields, relationships, each with the report it calls for."""

from __future__ import annotations

from tests.catalog.check.breaks import breaks as _b

VISITS_JOIN = "  - {from: visits.customer_id, to: customers.customer_id}\n"
DAY = "expression: CAST(ordered_at AS DATE)}\n"

COLUMNS = [
    _b(
        "UnknownTable",
        "source: order_lines\n",
        "source: order_line  # here\n",
        "no table order_line",
        "Did you mean order_lines?",
    ),
    _b("UnknownTable", "  notes:\n", "  memos:  # here\n", "no table memos", "Set source"),
    _b("UnknownColumn", "      mood: {", "      moods:  # here\n        {", "no column moods", "Did you mean mood?"),
    _b("UnreadableExpression", DAY, "expression: CAST(ordered_at AS}  # here\n", "cannot be parsed"),
    _b("UnreadableExpression", DAY, "expression: MAX(ordered_at)}  # here\n", "aggregate", "metrics"),
    _b("UnreadableExpression", DAY, "expression: (SELECT 1)}  # here\n", "a statement or a subquery"),
    _b("UnreadableExpression", DAY, "expression: ordered_at day}  # here\n", "without an operator"),
    _b(
        "UnknownExpressionColumn",
        DAY,
        "expression: CAST(order_at AS DATE)}  # here\n",
        "no column order_at",
        "ordered_at",
    ),
    _b("UnknownExpressionColumn", DAY, "expression: CAST(visits.day AS DATE)}  # here\n", "visits.day", "prefix"),
    _b("RefusedExpression", DAY, "expression: amount + ordered_at}  # here\n", "refuses", "amount + ordered_at"),
    _b("ForbiddenFunction", DAY, "expression: no_such_function(ordered_at)}  # here\n", "no_such_function is not allowed"),
    _b("ForbiddenFunction", DAY, "expression: getenv('HOME')}  # here\n", "getenv is not allowed"),
    _b(
        "UnfitType",
        "type: date, expression: CAST(ordered_at AS DATE)}\n",
        "type: date, expression: amount}  # here\n",
        "DOUBLE",
    ),
    _b(
        "UnfitType", "      mood: {", "      mood: {type: integer,  # here\n        ", "mood", "VARCHAR", "type: string"
    ),
    _b(
        "UnfitType",
        "visited_on: {kind: time, type: date}\n",
        "visited_on: {type: datetime}  # here\n",
        "DATE",
        "type: date",
    ),
]

DATASETS = [
    _b("UnknownPrimaryKey", "key: [product_id]\n", "key: [product]  # here\n", "no field product", "product_id"),
    _b(
        "RepeatedPrimaryKey",
        "  notes:\n",
        "  notes:\n    primary_key: [note_id]  # here\n",
        "1 of its keys",
        "1 rows have no key",
    ),
    _b("UnknownTimeField", "time: visited_on\n", "time: visited_at  # here\n", "no field visited_at", "visited_on"),
    _b("UndatedTimeField", "time: visited_on\n", "time: page  # here\n", "type string", "Use visited_on"),
    _b(
        "UnknownSnapshotField",
        "  notes:\n",
        "  notes:\n    snapshot: {time: day, per: [note_id]}  # here\n",
        "no field day",
    ),
    _b(
        "UnknownSnapshotField",
        "  notes:\n",
        "  notes:\n    snapshot: {time: mood, per: [note]}  # here\n",
        "no field note.",
    ),
    _b(
        "UndeclaredEntity",
        "      note_id: {",
        "      note_id: {entity: baskets, kind: key,  # here\n        ",
        "no entity baskets",
        "basket",
    ),
    _b(
        "EntityWithoutField",
        "entities:\n",
        "entities:\n  store: {label: {en: store}}  # here\n",
        "no field holds its key",
    ),
    _b(
        "UnknownEntityDataset",
        "{dataset: products,",
        "{dataset: product,  # here\n    ",
        "no dataset product",
        "products",
    ),
    _b("UnknownEntityDataset", "{dataset: products,", "{dataset: visits,  # here\n    ", "no field of visits"),
    _b("UnknownShownBy", "{dataset: products,", "{dataset: products, shown_by: tittle,  # here\n    ", "no field tittle"),
    _b("UnknownShownBy", "  basket: {", "  basket: {shown_by: name,  # here\n    ", "shown_by needs a dataset"),
    _b(
        "UnknownHierarchyField", "[customers.region,", "[customers.regions,  # here\n    ", "no field regions", "region"
    ),
    _b("UnknownHierarchyField", "[customers.region,", "[shoppers.region,  # here\n    ", "no dataset shoppers"),
]

PLACE = "  place: [customers.region, customers.city]\n"
DATASETS += [
    _b("UnknownLastsField", "  notes:\n", "  notes:\n    lasts: [mood, day]  # here\n", "dataset notes has no field day"),
    _b("StrayEntityKey", "      note_id: {", "      note_id: {entity: product, kind: key,  # here\n        ", "from notes to products"),
    _b("RepeatedHierarchyField", PLACE, "  place: [customers.city, customers.city]  # here\n", "customers.city stands in it twice"),
    _b("RepeatedHierarchyField", PLACE, "  place: [customers.city]  # here\n", "two fields or more"),
    _b("CircularHierarchy", PLACE, "  way: [customers.city, customers.region]  # here\n" + PLACE, "city -> customers.region -> customers.city"),
]

RELATIONSHIPS = [
    _b(
        "UnknownRelationshipField",
        VISITS_JOIN,
        "  - {from: visits.customer, to: customers.customer_id}  # here\n",
        "no field customer.",
    ),
    _b(
        "UnknownRelationshipField",
        VISITS_JOIN,
        "  - {from: visits.customer_id, to: custom.customer_id}  # here\n",
        "customers?",
    ),
    _b(
        "UnequalKeys",
        VISITS_JOIN,
        "  - {from: [visits.customer_id, visits.page], to: customers.customer_id}  # here\n",
        "from names 2",
        "to names 1",
    ),
    _b(
        "RepeatedKey",
        VISITS_JOIN,
        VISITS_JOIN + "  - {from: visits.page, to: notes.mood}  # here\n",
        "1 keys stand",
        "doubled",
    ),
    _b(
        "AmbiguousJoin",
        VISITS_JOIN,
        VISITS_JOIN + VISITS_JOIN.replace("\n", "  # here\n"),
        "default: true",
    ),
    _b("UnlikeKeys", VISITS_JOIN, "  - {from: visits.page, to: customers.customer_id}  # here\n", "visits.page is VARCHAR", "BIGINT"),
    _b("CircularRelationship", VISITS_JOIN, VISITS_JOIN + "  - {from: customers.customer_id, to: customers.customer_id}  # here\n", "customers -> customers"),
]
