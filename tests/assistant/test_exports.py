"""Answers as files: full precision, numbers as numbers, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from python_calamine import CalamineWorkbook

from assistant.answer import Answer
from assistant.answer.export import as_csv, csv_file, excel_file, file_name
from assistant.ask import Assistant
from semantic_layer.shops import Shop


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


def sheets(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_workbook_holds_the_rows_as_they_are(assistant: Assistant) -> None:
    answer = assistant.ask("5月每天的销售额和占比")
    assert answer.status == "answered" and len(answer.rows) == 31
    table, about = sheets(excel_file(answer)).values()
    assert table[0] == [f"{c.label}（{c.unit}）" if c.unit and c.role == "metric" else c.label for c in answer.columns]
    for kept, row in zip(table[1:], answer.rows, strict=True):
        assert kept[1:] == pytest.approx(row[1:], rel=1e-15), "to the last digit that Excel has"
    assert table[1][0] == dt.date(2017, 5, 1)
    assert dict(about)["问题"] == answer.question and dict(about)["SQL"] == answer.sql and dict(about)["理解"] == answer.reading


def test_a_kept_answer_exports_the_same(assistant: Assistant) -> None:
    answer = assistant.ask("sales by month")
    again = Answer.model_validate(answer.to_json(kept=True))
    assert sheets(excel_file(again)) == sheets(excel_file(answer)) and csv_file(again) == csv_file(answer)


def test_a_csv_file_opens_with_chinese_intact(assistant: Assistant) -> None:
    answer = assistant.ask("11月卖得最好的5个品类")
    content = csv_file(answer)
    assert content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert head[0] == "品类" and [float(r[1]) for r in rows] == [r[1] for r in answer.rows]
    assert as_csv(answer).splitlines()[0] == ",".join(c.name for c in answer.columns)


def test_text_that_looks_like_a_formula_stays_text() -> None:
    text = '=HYPERLINK("http://a.bc","x")'
    column = {"name": "c", "label": "=label", "type": "string", "role": "dimension"}
    answer = Answer.model_validate({"id": "1", "question": "../a:b\n?", "status": "answered", "columns": [column], "rows": [[text], ["http://a.bc"], [None]]})
    table = next(iter(sheets(excel_file(answer)).values()))
    assert [r[0] for r in table] == ["=label", text, "http://a.bc", ""] or [r[0] for r in table] == ["=label", text, "http://a.bc"]
    assert csv_file(answer).decode("utf-8-sig").splitlines()[1].startswith("\"'=HYPERLINK")
    assert file_name(answer, "csv") == "a_b.csv"
