"""The chart of an answer, with a choice of the other forms in which it can be drawn."""

from __future__ import annotations

import streamlit as st

from assistant.answer.chart import Form, Plan, forms_of, plan_of, spec_of
from assistant.answer.chart.look import themed
from prompts import word
from ui.state import Shown


def has_chart(turn: Shown) -> bool:
    """Whether an answer is seen better than read."""
    return plan_of(turn.answer) is not None


def draw_chart(turn: Shown, choose: bool = True) -> None:
    """Draws an answer's chart; without `choose` in the form asked for, or else the best one."""
    plan = _chosen(turn) if choose else plan_of(turn.answer, _first(turn))
    if plan is not None:
        spec = themed(spec_of(turn.answer, plan), dark=st.context.theme.type == "dark")
        spec["config"]["background"] = "transparent"  # Streamlit's own theme would leave subtitles and labels of marks black
        st.vega_lite_chart(spec, key=f"chart-{turn.key}-{plan.form}", alt=turn.answer.text, theme=None)


def _first(turn: Shown) -> Form:
    """The form asked for, or the one that shows the answer best."""
    forms = forms_of(turn.answer)
    return next((f for f in forms if f == turn.answer.form), forms[0])


def _chosen(turn: Shown) -> Plan | None:
    forms, lang = forms_of(turn.answer), turn.answer.lang
    if len(forms) < 2:
        return plan_of(turn.answer)

    def said(form: Form) -> str:
        return word(f"chart_{form}", lang)

    chosen = st.pills(
        word("page_form", lang), forms, default=_first(turn), format_func=said, key=f"form-{turn.key}", label_visibility="collapsed"
    )
    return plan_of(turn.answer, chosen or _first(turn))
