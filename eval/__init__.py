"""The evaluation harness: question suites, grading by results, reports."""

from eval.gold import Disagreement, disagreements, gold_tables
from eval.grade import Grade, grade
from eval.report import gate, report_text
from eval.run import evaluate
from eval.runs import Change, Run, as_run, changes_text, compare, load_run, save_run
from eval.suite import Case, load_suite
from eval.summary import Summary
from eval.systems import AnswersFile, Command, OwnAsk, System
from eval.table import Table

__all__ = [
    "AnswersFile",
    "Case",
    "Change",
    "Command",
    "Disagreement",
    "Grade",
    "OwnAsk",
    "Run",
    "Summary",
    "System",
    "Table",
    "as_run",
    "changes_text",
    "compare",
    "disagreements",
    "evaluate",
    "gate",
    "gold_tables",
    "grade",
    "load_run",
    "load_suite",
    "report_text",
    "save_run",
]
