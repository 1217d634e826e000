"""Each playbook on the mall: it speaks where its condition is planted, and is silent where it is not; its audience is what SQL says.

At the scale of the tests some have too little to go by; then they have to say so, about the right thing. With
WENSHU_ACTIONS_SCALE=0.1 (`make accept`) each of them has to speak.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assistant.actions import Action
from assistant.actions.loading import packaged
from semantic_layer.query import SemanticQuery
from semantic_layer.shops.mall.planted import PLAYBOOKS
from tests.actions.conftest import SCALE, Mall, of_kind

ENOUGH = SCALE >= 0.1
TODAY = "2026-07-01"
# A day on which what is planted can be seen, and one on which it cannot yet, or no more.
WHEN = {
    "stock_out": ("2026-04-27", TODAY),
    "falling_metric": ("2026-05-05", "2026-03-24"),
    "failing_step": ("2025-09-19", "2025-09-16"),
    "bad_reviews": (TODAY, "2026-04-27"),
    "rising_product": (TODAY, "2026-04-27"),
    "coupon_never_redeemed": (TODAY, "2025-09-19"),
    "campaign_without_lift": ("2026-01-15", "2025-11-04"),
}  # fmt: skip


def shown(action: Action) -> str:
    return f"{action.headline} {[f.text for f in action.figures]}"


def speaks(mall: Mall, kind: str, day: str, *about: str) -> Action | None:
    """The proposal about these things; none where it says that it has too little to go by, which only a small mall may."""
    listed = mall.only(kind, day)
    found = [a for a in of_kind(listed, kind) if all(what in a.headline for what in about)]
    if found:
        return found[0]
    waiting = [a for a in listed.waiting if a.kind == kind and all(what in a.headline for what in about)]
    assert not ENOUGH and waiting and waiting[0].missing, (kind, about, [a.headline for a in listed.proposed], [a.headline for a in listed.waiting])
    return None


def quiet_about(mall: Mall, kind: str, day: str, *about: str) -> None:
    assert not [a.headline for a in of_kind(mall.only(kind, day), kind) if all(what in a.headline for what in about)]


def test_there_is_a_day_or_an_audience_for_each() -> None:
    assert set(WHEN) | set(AUDIENCES) == set(PLAYBOOKS) <= {p.stem for p in packaged().glob("*.yaml")}


def test_stock_out(mall: Mall) -> None:
    yes, no = WHEN["stock_out"]
    where = mall.effect("stockout_region")["where"]
    assert speaks(mall, "stock_out", yes, where["warehouse"], where["category"])
    assert len(of_kind(mall.only("stock_out", yes), "stock_out")) == 1, "no other warehouse, no other category"
    quiet_about(mall, "stock_out", no)


def test_falling_metric(mall: Mall) -> None:
    yes, no = WHEN["falling_metric"]
    where = mall.effect("stockout_region")["where"]
    if ENOUGH:
        assert speaks(mall, "falling_metric", yes, where["region"], where["category"])
    assert len(of_kind(mall.only("falling_metric", yes), "falling_metric")) <= 1
    quiet_about(mall, "falling_metric", no)
    speaks(mall, "falling_metric", "2025-09-23", mall.effect("trend_break")["where"]["category"])


def test_failing_step(mall: Mall) -> None:
    yes, no = WHEN["failing_step"]
    speaks(mall, "failing_step", yes, mall.effect("payment_outage")["where"]["pay_channel"])
    assert len(of_kind(mall.only("failing_step", yes), "failing_step")) <= 1, "no other way to pay"
    quiet_about(mall, "failing_step", no)
    bug = mall.effect("checkout_bug")["where"]
    speaks(mall, "failing_step", "2025-11-29", bug["platform"], bug["app_version"])
    quiet_about(mall, "failing_step", "2025-11-29", "Android")
    quiet_about(mall, "failing_step", "2025-11-29", "6.2.0")


def test_bad_reviews(mall: Mall) -> None:
    yes, no = WHEN["bad_reviews"]
    where = mall.effect("bad_reviews")["where"]
    speaks(mall, "bad_reviews", yes, name_of(mall, where["product_id"]))
    assert len(of_kind(mall.only("bad_reviews", yes), "bad_reviews")) <= 1, "nor its sibling"
    quiet_about(mall, "bad_reviews", no)


def test_rising_product(mall: Mall) -> None:
    yes, no = WHEN["rising_product"]
    where = mall.effect("rising_product")["where"]
    if ENOUGH:  # 17 units in a fiftieth of the mall are not worth a word
        assert speaks(mall, "rising_product", yes, name_of(mall, where["product_id"]))
    quiet_about(mall, "rising_product", yes, name_of(mall, where["absent_product_id"]))
    quiet_about(mall, "rising_product", no)


def name_of(mall: Mall, product: str) -> str:
    return str(mall.rows(f"SELECT name FROM products WHERE product_id = '{product}'")[0][0])


def test_coupon_never_redeemed(mall: Mall) -> None:
    yes, no = WHEN["coupon_never_redeemed"]
    coupon = mall.effect("coupon_unredeemed")["where"]["coupon_id"]
    (name,) = mall.rows(f"SELECT name FROM coupons WHERE coupon_id = '{coupon}'")[0]
    assert speaks(mall, "coupon_never_redeemed", yes, name)
    assert len(of_kind(mall.only("coupon_never_redeemed", yes), "coupon_never_redeemed")) == 1, "the other coupons are redeemed"
    quiet_about(mall, "coupon_never_redeemed", no)


def test_campaign_without_lift(mall: Mall) -> None:
    yes, no = WHEN["campaign_without_lift"]
    names = dict(mall.rows("SELECT campaign_id, name FROM campaigns"))
    action = speaks(mall, "campaign_without_lift", yes, names["C06"])
    quiet_about(mall, "campaign_without_lift", no)  # C05, which has a lift
    for day in (yes, no, "2026-02-10"):
        quiet_about(mall, "campaign_without_lift", day, names["C07"])  # nobody was held out
    if action:
        measured = mall.effect("campaign_no_lift")["measured"]
        for value in (measured["orders_reached"], measured["orders_held_out"]):
            assert f"{value:.3f}" in action.evidence[0]


# -- audiences --------------------------------------------------------------------------------------------------

T = f"DATE '{TODAY}'"


def since(column: str, days: int, until: str = T) -> str:
    return f"{column} >= {T} - INTERVAL {days} DAY AND {column} < {until}"


HESITANT = f"""SELECT DISTINCT v.user_id FROM (
        SELECT e.user_id, p.category FROM events e JOIN products p USING (product_id)
        WHERE e.event_type = 'view' AND {since("e.event_time", 14)} GROUP BY ALL
        HAVING count(*) >= 6 AND count(DISTINCT e.product_id) >= 3 AND count(DISTINCT CAST(e.event_time AS DATE)) >= 2) v
    WHERE v.user_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM order_lines l JOIN orders o USING (order_id) JOIN products p USING (product_id)
        WHERE l.user_id = v.user_id AND p.category = v.category AND {since("o.ordered_at", 14)})"""
CARTS = f"""SELECT DISTINCT user_id FROM events WHERE event_type = 'cart' AND user_id IS NOT NULL AND {since("event_time", 7)}
    AND user_id NOT IN (SELECT user_id FROM orders WHERE user_id IS NOT NULL AND {since("ordered_at", 7)})"""
LAPSING = f"""WITH paid AS (SELECT l.user_id, count(DISTINCT l.order_id) AS orders, sum(l.amount) AS spent FROM order_lines l JOIN orders o USING (order_id)
        WHERE o.paid_at IS NOT NULL AND o.ordered_at < {T} AND l.user_id IS NOT NULL GROUP BY ALL),
    best AS (SELECT user_id FROM paid QUALIFY rank() OVER (ORDER BY spent DESC) <= (SELECT ceil(count(*) * 0.2) FROM paid))
    SELECT p.user_id FROM paid p JOIN best USING (user_id) JOIN (SELECT user_id, max(ordered_at) AS last FROM orders GROUP BY ALL) o USING (user_id)
    WHERE p.orders >= 8 AND o.last >= {T} - INTERVAL 150 DAY AND o.last < {T} - INTERVAL 74 DAY"""
SECOND = f"""SELECT l.user_id FROM order_lines l JOIN orders o USING (order_id) WHERE o.ordered_at < {T} AND l.user_id IS NOT NULL GROUP BY ALL
    HAVING count(DISTINCT l.order_id) = 1 AND min(o.ordered_at) >= {T} - INTERVAL 45 DAY AND min(o.ordered_at) < {T} - INTERVAL 19 DAY"""
REDUCED = f"""SELECT l.user_id FROM order_lines l JOIN orders o USING (order_id) WHERE o.paid_at IS NOT NULL AND l.user_id IS NOT NULL
    AND {since("o.ordered_at", 365)} GROUP BY ALL HAVING count(*) >= 5 AND avg(l.discounted::INT) >= 0.7"""
# Of each: whom SQL says, which kind of buyer is planted for it, and one that by its nature cannot be meant.
AUDIENCES = {
    "hesitant_buyers": (HESITANT, "hesitant", "lapsing"),
    "cart_abandoners": (CARTS, "abandoner", "lapsing"),
    "lapsing_high_value": (LAPSING, "lapsing", "second_order"),
    "first_to_second": (SECOND, "second_order", "lapsing"),
    "price_sensitive": (REDUCED, "price_sensitive", "plain"),
}
LEFT_OUT = f"""SELECT user_id FROM users WHERE consent IS NOT TRUE UNION SELECT user_id FROM messages WHERE {since("sent_at", 7)}
    UNION SELECT user_id FROM service_contacts WHERE topic = '投诉' AND {since("created_at", 30)}"""


def any_action(mall: Mall, kind: str, day: str = TODAY) -> Action:
    listed = mall.only(kind, day)
    return next(a for a in (*listed.proposed, *listed.waiting) if a.kind == kind)


@pytest.mark.parametrize("kind", AUDIENCES)
def test_an_audience_is_whom_sql_says(mall: Mall, kind: str) -> None:
    action = any_action(mall, kind)
    wanted = {user for (user,) in mall.rows(AUDIENCES[kind][0])}
    left_out = {user for (user,) in mall.rows(LEFT_OUT)}
    assert action.audience and action.audience.size == len(wanted) > 0
    assert action.audience.reached == len(wanted - left_out)
    columns, rows = mall.desk(TODAY, kind).audience(action.id, "zh")
    assert columns[0] == "user" and [r[0] for r in rows] == sorted(wanted - left_out)


@pytest.mark.parametrize("kind", AUDIENCES)
def test_those_planted_are_in_the_audience_and_those_it_cannot_mean_are_not(mall: Mall, kind: str) -> None:
    sql, planted, absent = AUDIENCES[kind]
    found = {user for (user,) in mall.rows(sql)}
    kinds = dict(mall.rows("SELECT user_id, buyer FROM latent_users"))
    of = {buyer: {u for u, b in kinds.items() if b == buyer} for buyer in (planted, absent)}
    inside = {buyer: len(found & users) / len(users) for buyer, users in of.items()}
    assert inside[planted] >= (0.5 if kind == "price_sensitive" else 0.85), inside  # of them, not all have bought five times
    assert inside[absent] <= 0.1 and inside[planted] > 4 * inside[absent]
    if ENOUGH:
        assert of_kind(mall.only(kind, TODAY), kind)


OPERATIONS: dict[str, tuple[str, str]] = {
    "stock_out": ("2026-04-27", """SELECT count(DISTINCT p.product_id) FROM products p JOIN stock_daily s USING (product_id)
        WHERE p.category = '小家电' AND s.warehouse = '广州仓' AND s.on_hand <= 0 AND s.day >= DATE '2026-04-20' AND s.day < DATE '2026-04-27'"""),
    "coupon_never_redeemed": (TODAY, f"SELECT count(DISTINCT user_id) FROM coupon_grants WHERE coupon_id = 'K09' AND {since('granted_at', 180)}"),
    "campaign_without_lift": ("2026-01-15", "SELECT count(DISTINCT user_id) FROM campaign_members WHERE campaign_id = 'C06'"),
    "bad_reviews": (TODAY, """SELECT count(DISTINCT user_id) FROM reviews WHERE rating <= 2 AND product_id = '{bad}' AND created_at >= {from} AND created_at < DATE '2026-07-01'"""),
    "rising_product": (TODAY, """SELECT count(DISTINCT user_id) FROM events e WHERE product_id = '{rising}' AND event_type IN ('view', 'favorite', 'cart')
        AND event_time >= DATE '2026-06-17' AND event_time < DATE '2026-07-01' AND NOT EXISTS (SELECT 1 FROM order_lines l JOIN orders o USING (order_id)
        WHERE l.user_id = e.user_id AND l.product_id = e.product_id AND o.ordered_at >= DATE '2026-04-02' AND o.ordered_at < DATE '2026-07-01')"""),
    "failing_step": ("2025-11-29", """SELECT count(DISTINCT user_id) FROM events e WHERE event_type = 'cart' AND platform = 'iOS' AND app_version = '6.3.0'
        AND event_time >= {from} AND event_time < DATE '2025-11-29' AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.user_id = e.user_id
        AND o.ordered_at >= {from} AND o.ordered_at < DATE '2025-11-29')"""),
    "falling_metric": ("2025-09-23", """WITH bought AS (SELECT l.user_id, o.ordered_at FROM order_lines l JOIN orders o USING (order_id) JOIN products p USING (product_id)
        WHERE p.category = '美妆护肤' AND o.ordered_at < DATE '2025-09-23') SELECT count(DISTINCT user_id) FROM bought b WHERE ordered_at >= {from} - INTERVAL 112 DAY
        AND ordered_at < {from} AND user_id NOT IN (SELECT user_id FROM bought WHERE user_id IS NOT NULL AND ordered_at >= {from})"""),
}  # fmt: skip


@pytest.mark.parametrize("kind", OPERATIONS)
def test_whom_an_operation_concerns_is_what_sql_says(mall: Mall, kind: str) -> None:
    day, sql = OPERATIONS[kind]
    action = next(iter(of_kind(mall.only(kind, day), kind)), None)
    if action is None:
        assert not ENOUGH
        pytest.skip("too little to go by at this scale")
    assert action.audience
    products = {"bad": mall.effect("bad_reviews")["where"]["product_id"], "rising": mall.effect("rising_product")["where"]["product_id"]}
    days = window(action, dt.date.fromisoformat(day))
    assert action.audience.size == mall.rows(sql.replace("{from}", f"DATE '{days}'").format(**products))[0][0] > 0


def window(action: Action, day: dt.date) -> dt.date:
    """The first day of the last period that the evidence is about."""
    told = action.evidence[0]
    return day - dt.timedelta(days=int(told.split("最近 ")[1].split(" 天")[0])) if "最近 " in told else day


# -- every figure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [TODAY, "2026-04-27"])
def test_every_query_of_a_card_runs_and_every_figure_is_one_of_the_data(mall: Mall, day: str) -> None:
    shop = mall.open(day)
    for action in mall.listed(day, "zh").proposed:
        for data in action.queries:
            assert shop.whole.answer(SemanticQuery.model_validate(data)).rows is not None
        for each in action.figures:
            assert each.value is not None, (action.id, each.name)
            assert each.source != "formula" or each.arithmetic or each.name == "aim"
    shop.close()


@pytest.mark.parametrize("day", [TODAY, "2026-04-27"])
def test_cards_are_whole_in_both_languages(mall: Mall, day: str) -> None:
    for lang in ("zh", "en"):
        for action in mall.listed(day, lang).proposed:
            assert action.offer and action.owner and action.channel and action.when and action.guards and action.evidence and action.test, action.id
            assert action.target and "{" not in shown(action) and "—" not in action.headline
            if action.break_even:
                assert action.cost
    english, chinese = ({a.id: [f.value for f in a.figures] for a in mall.listed(day, lang).proposed} for lang in ("en", "zh"))
    assert english == chinese


def test_a_desk_works_things_out_once(mall: Mall) -> None:
    desk = mall.new_desk(TODAY)
    desk.listed("zh")
    asked: list[Any] = []
    access = desk.shop.access()
    original = access.answer
    access.answer = lambda *a, **k: asked.append(a) or original(*a, **k)  # type: ignore[method-assign,func-returns-value]
    desk.listed("en")
    assert not asked
    desk.shop.close()
