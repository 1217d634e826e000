"""The message of a subscription: the answer to its query, why it changed where that is notable, and what there is to do."""

from __future__ import annotations

from assistant.answer.beside import seen
from assistant.answer.chart import plan_of, spec_of
from assistant.answer.model import Answer
from assistant.ask import Assistant
from assistant.channels.chat.message import ROWS, Message, message_of
from assistant.periods import moved
from assistant.progress import Progress, following
from assistant.store import Subscription
from prompts import word
from semantic_layer.query import TIME, SemanticQuery

_ACTIONS, _FINDINGS = 3, 3
_NOTABLE = 0.1  # growth from which on it is asked why
_LONGEST_FILE = 200_000  # characters of all rows as a file


def asked(assistant: Assistant, subscription: Subscription) -> Answer:
    """The answer to a subscription now, with the rights of its user; its status says where there is none. Raises ShopError, UsageError."""
    user = subscription.user or None
    query = SemanticQuery.model_validate(subscription.query)
    query = moved(query, assistant.reader(assistant.shop.access(user)).clock)
    with following(Progress("worker")):
        answer = assistant.answer(query, subscription.lang, question=subscription.title, user=user, analysis=subscription.analysis)
    answer.form = subscription.form
    return answer


def message(assistant: Assistant, subscription: Subscription, answer: Answer, alert: str = "") -> Message:
    """The message of an answer; of an alert with what happened."""
    lang = subscription.lang
    title = word("sub_title_alert" if alert else "sub_title", lang, title=" ".join(subscription.title.split()))
    plain = _latest(answer)
    total = _in_all(assistant, subscription, answer)
    why = _why(assistant, subscription, total or answer)
    actions = list(dict.fromkeys(a.text for a in (*answer.actions, *(why.actions if why else ()))))[:_ACTIONS]
    details = [f.text for f in answer.further[:_FINDINGS] if f.text not in alert]
    details += [word("sub_in_all", lang, text=total.text)] if total else []
    details += [word("sub_why", lang, text=why.text)] if why else []
    details += [f"→ {text}" for text in actions]
    details += [f"» {answer.reading}"] if answer.reading else []
    details += [*(f"! {c}" for c in answer.caveats), word("sub_stop", lang, id=subscription.id[:8])]
    rows = plain.rows if len(plain.rows) <= _LONGEST_FILE else ""
    spec = answer.chart or _trend(answer)
    text = "\n".join(filter(None, [title, alert, answer.text]))
    return plain.model_copy(
        update={"text": text, "title": title, "details": tuple(details), "rows": rows, "spec": spec, "alt": answer.text if spec else ""}
    )


def _latest(answer: Answer) -> Message:
    """The message of an answer; of days that were looked at for unusual ones, the table has the last."""
    plain = message_of(answer)
    if answer.analysis != "anomaly":
        return plain
    last = message_of(answer.model_copy(update={"rows": answer.rows[-ROWS:]}))
    return plain.model_copy(update={"table": last.table})


def failed(subscription: Subscription, reason: str) -> Message:
    """The message that there is no answer any more, and why."""
    lang = subscription.lang
    title = word("sub_title", lang, title=" ".join(subscription.title.split()))
    text = word("sub_failed", lang, reason=reason)
    return Message(text=f"{title}\n{text}", title=title, lang=lang, details=(word("sub_stop", lang, id=subscription.id[:8]),))


def _in_all(assistant: Assistant, subscription: Subscription, answer: Answer) -> Answer | None:
    """The figure of all groups together, where it has a change; the rows of groups have none."""
    query = SemanticQuery.model_validate(answer.query) if answer.query and not subscription.analysis else None
    if query is None or not query.group_by or query.having or query.compare or any(g.field == TIME for g in query.group_by):
        return None
    parts = query.to_dict() | {"group_by": [], "order_by": [], "limit": None, "limit_per": [], "share": None, "running": None}
    with following(Progress("worker")):
        total = assistant.answer(SemanticQuery.model_validate(parts), answer.lang, question=subscription.title, user=subscription.user or None)
    return total if total.status == "answered" and total.change else None


def _why(assistant: Assistant, subscription: Subscription, answer: Answer) -> Answer | None:
    """What stands behind a notable change, as the answer itself offers to be asked."""
    offered = next((c for c in answer.next if c.analysis == "drivers"), None)
    if offered is None or subscription.analysis or not _notable(answer):
        return None
    query = SemanticQuery.model_validate(offered.query)
    with following(Progress("worker")):
        why = assistant.answer(query, answer.lang, question=offered.text, user=subscription.user or None, analysis="drivers")
    return why if why.status == "answered" else None


def _notable(answer: Answer) -> bool:
    beside = answer.change or answer
    growth = [i for i, c in enumerate(beside.columns) if c.role == "growth"]
    return any(row[i] is not None and abs(row[i]) >= _NOTABLE for row in beside.rows for i in growth)


def _trend(answer: Answer) -> dict[str, object] | None:
    """The recent course of a single figure, drawn."""
    if answer.trend is None:
        return None
    course = seen(answer, answer.trend)
    plan = plan_of(course)
    return spec_of(course, plan) if plan else None
