"""The chart of an answer: what is drawn is chosen by the answer's shape (`plan.py`) and written as Vega-Lite (`spec.py`)."""

from assistant.answer.chart.plan import FORMS, TABLE, Form, Plan, forms_of, plan_of
from assistant.answer.chart.spec import spec_of

__all__ = ["FORMS", "TABLE", "Form", "Plan", "forms_of", "plan_of", "spec_of"]
