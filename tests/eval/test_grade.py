"""What counts as a right answer, rule by rule."""

from __future__ import annotations

import datetime as dt
import random
import time
from decimal import Decimal
from typing import Any

import pytest

from eval.grade import grade
from eval.suite import Case
from eval.table import Table
from semantic_layer.errors import UsageError
from tests.eval.conftest import MakeCase, answered

BY_DEPARTMENT = Table(["department", "sales"], [("GROCERY", 30.5), ("DRUG GM", 20.25), (None, 1.5)])


def verdict(case: Case, gold: Table, answer: dict[str, Any]) -> str:
    return grade(case, answer, gold).verdict


def scalar_verdict(case: Case, gold: Any, found: Any, name: str = "sales") -> str:
    return verdict(case, Table([name], [(gold,)]), answered([name], [[found]]))


class TestStatus:
    @pytest.mark.parametrize(
        ("expect", "status", "kind", "expected"),
        [
            ("answer", "clarify", "asked", False),
            ("answer", "refused", "refused", False),
            ("answer", "error", "error", False),
            ("clarify", "clarify", "asked", True),
            ("clarify", "refused", "refused", True),
            ("refuse", "refused", "refused", True),
            ("refuse", "clarify", "asked", True),
            ("refuse", "error", "error", False),
            ("refuse", "nonsense", "error", False),
        ],
    )
    def test_what_was_not_answered(
        self, make_case: MakeCase, expect: str, status: str, kind: str, expected: bool
    ) -> None:
        found = grade(make_case(expect=expect), {"status": status}, Table(["sales"], [(1,)]))
        assert (found.verdict, found.expected) == (kind, expected)

    @pytest.mark.parametrize("expect", ["clarify", "refuse"])
    def test_an_answer_where_none_was_to_be_given_is_silently_wrong(self, make_case: MakeCase, expect: str) -> None:
        found = grade(make_case(expect=expect), answered(["sales"], [[1]]))
        assert (found.verdict, found.expected) == ("wrong", False)

    def test_a_right_answer_is_expected(self, make_case: MakeCase) -> None:
        found = grade(make_case(), answered(["sales"], [[1]]), Table(["sales"], [(1,)]))
        assert (found.verdict, found.expected, found.reason) == ("right", True, "")

    def test_no_answer_is_an_error(self, make_case: MakeCase) -> None:
        assert grade(make_case(), None).verdict == "error"
        assert grade(make_case(expect="refuse"), None).expected is False

    def test_an_error_tells_its_message(self, make_case: MakeCase) -> None:
        assert grade(make_case(), {"status": "error", "error": {"message": "too slow"}}).reason == "too slow"

    @pytest.mark.parametrize(
        "columns_and_rows", [{}, {"columns": [], "rows": []}, {"columns": ["a"], "rows": [[1, 2]]}]
    )
    def test_answered_without_a_table_is_wrong(self, make_case: MakeCase, columns_and_rows: dict[str, Any]) -> None:
        assert verdict(make_case(), Table(["a"], [(1,)]), {"status": "answered", **columns_and_rows}) == "wrong"

    def test_gold_is_needed_to_grade_an_answer(self, make_case: MakeCase) -> None:
        with pytest.raises(UsageError, match="q1"):
            grade(make_case(), answered(["sales"], [[1]]), None)


class TestCells:
    @pytest.mark.parametrize(
        ("gold", "found"),
        [
            (100.0, 100.00005),
            (Decimal("12.50"), 12.5),
            (7, 7.0),
            (0.0, 5e-7),
            (None, None),
            (True, True),
            ("GROCERY", "GROCERY "),
            (dt.date(2017, 5, 1), "2017-05-01"),
            (dt.date(2017, 5, 1), "2017-05"),
            (dt.datetime(2017, 5, 1), "2017-05-01"),
            (dt.date(2017, 5, 1), "2017-05-01T00:00:00"),
            (dt.date(2017, 5, 1), "2017-05-01T00:00:00Z"),
            (dt.datetime(2017, 5, 1, 8, 30), "2017-05-01 08:30:00"),
        ],
    )
    def test_same(self, make_case: MakeCase, gold: Any, found: Any) -> None:
        assert scalar_verdict(make_case(), gold, found) == "right"

    @pytest.mark.parametrize(
        ("gold", "found"),
        [
            (100.0, 100.01),
            (0, None),
            (None, 0),
            (0.0, None),
            (None, ""),
            (1, True),
            (5, "5"),
            ("GROCERY", "grocery"),
            (dt.date(2017, 5, 1), "May"),
            (dt.date(2017, 5, 1), "2017-05-02"),
            (dt.datetime(2017, 5, 1, 8, 30), "2017-05-01"),
            (31198459429, 31198459430),
            (1.5, float("nan")),
            (1.5, float("inf")),
        ],
    )
    def test_not_same(self, make_case: MakeCase, gold: Any, found: Any) -> None:
        assert scalar_verdict(make_case(), gold, found) == "wrong"

    def test_a_cell_that_is_no_finite_number_spoils_the_answer_even_in_a_column_more(self, make_case: MakeCase) -> None:
        answer = answered(["sales", "growth"], [[1.5, float("inf")]])
        assert verdict(make_case(), Table(["sales"], [(1.5,)]), answer) == "wrong"


class TestPercent:
    GOLD = Table(["month", "sales_growth"], [("2017-05", 0.125), ("2017-06", -0.5), ("2017-07", 1.5)])

    def test_a_ratio_may_be_given_as_percent(self, make_case: MakeCase) -> None:
        answer = answered(["month", "growth"], [["2017-05", 12.5], ["2017-06", -50], ["2017-07", 150]])
        assert verdict(make_case(), self.GOLD, answer) == "right"

    def test_but_the_whole_column(self, make_case: MakeCase) -> None:
        answer = answered(["month", "growth"], [["2017-05", 12.5], ["2017-06", -0.5], ["2017-07", 1.5]])
        assert verdict(make_case(), self.GOLD, answer) == "wrong"

    def test_small_values_are_ratios_whatever_their_name(self, make_case: MakeCase) -> None:
        assert scalar_verdict(make_case(), 0.25, 25, name="private_label") == "right"

    def test_money_is_no_ratio(self, make_case: MakeCase) -> None:
        assert scalar_verdict(make_case(), 12.5, 1250) == "wrong"

    def test_nor_is_a_count(self, make_case: MakeCase) -> None:
        assert scalar_verdict(make_case(), 1, 100, name="stores") == "wrong"


class TestColumns:
    def test_are_found_by_values(self, make_case: MakeCase) -> None:
        answer = answered(["revenue", "dept"], [[30.5, "GROCERY"], [20.25, "DRUG GM"], [1.5, None]])
        assert verdict(make_case(), BY_DEPARTMENT, answer) == "right"

    def test_more_of_them_do_no_harm(self, make_case: MakeCase) -> None:
        rows: list[list[Any]] = [["GROCERY", 9, 30.5], ["DRUG GM", 8, 20.25], [None, 7, 1.5]]
        assert verdict(make_case(), BY_DEPARTMENT, answered(["department", "baskets", "sales"], rows)) == "right"

    def test_each_gold_column_has_to_be_there(self, make_case: MakeCase) -> None:
        found = grade(make_case(), answered(["department"], [["GROCERY"], ["DRUG GM"], [None]]), BY_DEPARTMENT)
        assert found.verdict == "wrong"

    def test_only_must_columns_have_to_show(self, make_case: MakeCase) -> None:
        answer = answered(["department"], [["GROCERY"], ["DRUG GM"], [None]])
        assert verdict(make_case(must=["department"]), BY_DEPARTMENT, answer) == "right"

    def test_a_must_column_the_gold_lacks_is_a_mistake_of_the_suite(self, make_case: MakeCase) -> None:
        with pytest.raises(UsageError, match="units"):
            grade(make_case(must=["units"]), answered(["units"], [[1], [2], [3]]), BY_DEPARTMENT)

    def test_one_answer_column_does_not_serve_two_gold_columns(self, make_case: MakeCase) -> None:
        gold = Table(["customers", "baskets"], [(4, 4)])
        assert verdict(make_case(), gold, answered(["customers", "sales"], [[4, 9.5]])) == "wrong"
        assert verdict(make_case(), gold, answered(["customers", "orders"], [[4, 4]])) == "right"

    def test_values_swapped_under_the_gold_names_are_wrong(self, make_case: MakeCase) -> None:
        gold = Table(["sales", "sales_previous"], [(5.5, 4.5)])
        assert verdict(make_case(), gold, answered(["sales", "sales_previous"], [[4.5, 5.5]])) == "wrong"

    def test_columns_of_equal_values_as_a_set_are_told_apart_by_rows(self, make_case: MakeCase) -> None:
        gold = Table(["store", "first", "second"], [("a", 1, 2), ("b", 2, 1)])
        swapped_names = answered(["s", "x", "y"], [["a", 2, 1], ["b", 1, 2]])
        one_row_off = answered(["s", "x", "y"], [["a", 1, 1], ["b", 2, 2]])
        assert verdict(make_case(), gold, swapped_names) == "right"
        assert verdict(make_case(), gold, one_row_off) == "wrong"


class TestRows:
    def test_their_order_does_not_matter(self, make_case: MakeCase) -> None:
        answer = answered(["department", "sales"], [[None, 1.5], ["DRUG GM", 20.25], ["GROCERY", 30.5]])
        assert verdict(make_case(), BY_DEPARTMENT, answer) == "right"

    def test_unless_the_case_is_ordered(self, make_case: MakeCase) -> None:
        case = make_case(ordered=True)
        rows: list[list[Any]] = [["GROCERY", 30.5], ["DRUG GM", 20.25], [None, 1.5]]
        assert verdict(case, BY_DEPARTMENT, answered(["department", "sales"], rows)) == "right"
        assert verdict(case, BY_DEPARTMENT, answered(["department", "sales"], rows[::-1])) == "wrong"

    @pytest.mark.parametrize(
        "rows",
        [
            [["GROCERY", 30.5], ["DRUG GM", 20.25]],
            [["GROCERY", 30.5], ["DRUG GM", 20.25], [None, 1.5], ["MEAT", 3.0]],
            [["GROCERY", 20.25], ["DRUG GM", 30.5], [None, 1.5]],
            [["GROCERY", 30.5], ["GROCERY", 30.5], [None, 1.5]],
        ],
        ids=["missing", "extra", "swapped", "doubled"],
    )
    def test_other_rows_are_wrong(self, make_case: MakeCase, rows: list[list[Any]]) -> None:
        assert verdict(make_case(), BY_DEPARTMENT, answered(["department", "sales"], rows)) == "wrong"

    def test_equal_rows_are_counted(self, make_case: MakeCase) -> None:
        gold = Table(["a", "b"], [("x", 1), ("x", 1), ("y", 2)])
        assert verdict(make_case(), gold, answered(["a", "b"], [["y", 2], ["x", 1], ["x", 1]])) == "right"
        assert verdict(make_case(), gold, answered(["a", "b"], [["y", 2], ["x", 1], ["y", 2]])) == "wrong"

    def test_no_rows_answer_no_rows(self, make_case: MakeCase) -> None:
        gold = Table(["department", "sales"], [])
        assert verdict(make_case(), gold, answered(["department", "sales"], [])) == "right"
        assert verdict(make_case(), gold, answered(["department", "sales"], [["MEAT", 0]])) == "wrong"

    def test_near_values_in_a_dense_column_stay_with_their_rows(self, make_case: MakeCase) -> None:
        shares = [0.001 + i * 2e-7 for i in range(50)]
        gold = Table(["store", "share"], [(f"s{i}", share) for i, share in enumerate(shares)])
        noisy = [[f"s{i}", share + 1e-9] for i, share in enumerate(shares)]
        reversed_shares = [[f"s{i}", share] for i, share in enumerate(reversed(shares))]
        assert verdict(make_case(), gold, answered(["store", "part"], noisy)) == "right"
        assert verdict(make_case(), gold, answered(["store", "part"], reversed_shares)) == "wrong"

    def test_ten_thousand_rows_are_no_trouble(self, make_case: MakeCase) -> None:
        chance = random.Random(1)
        rows = [(i, 31_000_000_000 + i, chance.randint(1, 9), chance.random() * 50, 0.0) for i in range(10_000)]
        names = ["household", "basket", "units", "sales", "coupon_discount"]
        shuffled = [[row[3] * (1 + 1e-9), row[4], row[1], row[0], row[2], 0.0] for row in rows]
        chance.shuffle(shuffled)
        answer = answered(["a", "b", "c", "d", "e", "f"], shuffled)
        started = time.perf_counter()
        assert verdict(make_case(), Table(names, rows), answer) == "right"
        shuffled[0][2], shuffled[1][2] = shuffled[1][2], shuffled[0][2]
        assert verdict(make_case(), Table(names, rows), answered(list("abcdef"), shuffled)) == "wrong"
        assert time.perf_counter() - started < 20


class TestWideForm:
    LONG = Table(
        ["month", "department", "sales"],
        [("2017-05", "GROCERY", 3.5), ("2017-05", "DRUG GM", 2.5), ("2017-06", "GROCERY", 4.5)],
    )
    WIDE = answered(["month", "GROCERY", "DRUG GM"], [["2017-06", 4.5, None], ["2017-05", 3.5, 2.5]])

    def test_the_last_dimension_may_be_spread_over_columns(self, make_case: MakeCase) -> None:
        assert verdict(make_case(), self.LONG, self.WIDE) == "right"

    def test_a_gap_is_null_not_zero(self, make_case: MakeCase) -> None:
        rows = [["2017-06", 4.5, 0], ["2017-05", 3.5, 2.5]]
        assert verdict(make_case(), self.LONG, answered(["month", "GROCERY", "DRUG GM"], rows)) == "wrong"

    def test_headings_have_to_name_the_values(self, make_case: MakeCase) -> None:
        rows = [["2017-06", 4.5, None], ["2017-05", 3.5, 2.5]]
        labelled = [{"name": "month"}, {"name": "a", "label": "Sales: Grocery"}, {"name": "sales_drug_gm"}]
        assert verdict(make_case(), self.LONG, answered(labelled, rows)) == "right"
        assert verdict(make_case(), self.LONG, answered(["month", "DRUG GM", "GROCERY"], rows)) == "wrong"

    def test_a_column_more_is_a_row_more(self, make_case: MakeCase) -> None:
        rows = [["2017-06", 4.5, None, 9.5], ["2017-05", 3.5, 2.5, 9.5]]
        assert verdict(make_case(), self.LONG, answered(["month", "GROCERY", "DRUG GM", "MEAT"], rows)) == "wrong"

    def test_a_wide_gold_may_be_answered_long(self, make_case: MakeCase) -> None:
        gold = Table(["department", "2017-05", "2017-06"], [("GROCERY", 3.5, 4.5), ("DRUG GM", 2.5, None)])
        columns = [
            {"name": "month", "role": "time"},
            {"name": "department", "role": "dimension"},
            {"name": "baskets", "role": "metric"},
            {"name": "sales", "role": "metric"},
        ]
        rows: list[list[Any]] = [
            ["2017-05-01", "GROCERY", 7, 3.5],
            ["2017-05-01", "DRUG GM", 8, 2.5],
            ["2017-06-01", "GROCERY", 9, 4.5],
        ]
        assert verdict(make_case(), gold, answered(columns, rows)) == "right"
        rows[0][3] = 3.0
        assert verdict(make_case(), gold, answered(columns, rows)) == "wrong"

    def test_two_values_side_by_side_are_two_rows(self, make_case: MakeCase) -> None:
        long, wide = ["brand", "sales"], ["private_sales", "national_sales"]
        side_by_side = answered(wide, [[1.5, 2.5]])
        assert verdict(make_case(), Table(long, [("National", 2.5), ("Private", 1.5)]), side_by_side) == "right"
        assert verdict(make_case(), Table(long, [("National", 1.5), ("Private", 2.5)]), side_by_side) == "wrong"
        below = answered(long, [["National", 2.5], ["Private", 1.5]])
        assert verdict(make_case(), Table(wide, [(1.5, 2.5)]), below) == "right"

    def test_a_ranking_is_not_spread(self, make_case: MakeCase) -> None:
        assert verdict(make_case(ordered=True), self.LONG, self.WIDE) == "wrong"


def _analysed(analysis: str, metric: str = "sales") -> dict[str, Any]:
    query = {"metrics": [{"metric": metric}], "time": {"start": "2018-02-01", "end": "2018-03-01"}}
    columns = [{"name": "day", "role": "time", "type": "date"}, {"name": "forecast", "role": "metric", "type": "number"}]
    return {"status": "answered", "analysis": analysis, "query": query, "columns": columns, "rows": [["2018-02-01", 1.0]]}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(_analysed("forecast"), "right"), (_analysed(""), "wrong"), (_analysed("forecast", "units"), "wrong"), ({"status": "refused"}, "refused")],
)
def test_an_analysis_is_held_against_the_query_it_is_made_of(answer: dict[str, Any], verdict: str) -> None:
    gold = {"metrics": ["sales"], "time": {"start": "2018-02-01", "end": "2018-03-01"}}
    case = Case.model_validate({"id": "f", "question": "?", "lang": "en", "class": "forecast", "gold_query": gold, "analysis": "forecast"})
    assert grade(case, answer).verdict == verdict
