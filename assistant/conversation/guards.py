"""What keeps a follow-up from being answered by something near: words that changed nothing, and those that ask for something else."""

from __future__ import annotations

from assistant.conversation.known import near_names
from assistant.conversation.question import Question
from assistant.language.general import is_general_chinese
from assistant.reading import AskBack, Reading, Refuse
from semantic_layer.catalog.models import Text
from semantic_layer.query import Condition, SemanticQuery
from semantic_layer.spelling import has_han

_ASKING = ("when", "where", "who", "whom", "whose", "什么时候", "何时", "谁")
_SHOWING = frozenset(
    ["break", "breaking", "broken", "split", "down", "put", "show", "showing", "see", "look", "looking", "give", "get", "bring", "pull",
     "do", "go", "going", "make", "run", "let", "let's", "please", "just", "now", "well", "actually", "right", "quick", "quickly", "need",
     "want", "like", "wondering", "think", "list", "view", "table", "figure", "figures", "number", "numbers", "up", "here", "there", "too",
     "also", "so", "then", "ones", "one", "thing", "things", "i", "we"]
)  # fmt: skip


class Guarding(Question):
    """The second look at the reading of a follow-up."""

    def _of_what_is_asked(self, asked: AskBack) -> Reading | None:
        """By nation, after sales by customer region: of two things of one name, the one that belongs to what the last query asks about."""
        mark = next((m for m in self.marks if m.either and asked.unexplained == (m.text,)), None)
        near = near_names(self.catalog, self.last, mark.either) if mark else []
        if len(near) != 1:
            return None
        fits = [c for c in asked.choices if near[0] in {g.field for g in c.group_by} | {getattr(f, "field", "") for f in c.where}]
        return Reading(fits[0], (*asked.words, (asked.unexplained[0], f"group:{near[0]}"))) if len(fits) == 1 else None

    def _refuse_unused(self, reading: Reading) -> None:
        """A follow-up is short: a word of it that changed nothing and confirmed nothing may be all it was about (只看自有的)."""
        unknown = {m.text for m in self.marks if m.unknown}
        unchanged = reading.query == self.base
        lost = tuple(w for w in reading.unexplained if w in unknown and (unchanged or not _may_pass(w)))
        if lost:
            zh, en = "、".join(f"“{w}”" for w in lost), ", ".join(f'"{w}"' for w in lost)
            message = Text(zh=f"没有看懂 {zh}，所以没有改上一问。", en=f"{en} was not understood, so the last question was not changed.")
            raise Refuse(message, (reading.query,), lost, reading.words)

    def _refuse_unasked(self, reading: Reading) -> None:
        """When did it run, who were they: what is asked for is not what the last question measured."""
        asking = next((m for m in self.marks if m.text in _ASKING and m.filler), None)
        if asking and not any(t.startswith(asking.text) for t, _ in reading.words):
            message = Text(zh=f"这里不能回答“{asking.text}”。", en=f'"{asking.text}" cannot be answered here.')
            raise Refuse(message, (reading.query,), (asking.text,), reading.words)

    def _refuse_without_base(self, reading: Reading) -> None:
        """And against last year: there are no data of it, and what there is of this one was shown."""
        span, compare = self.reader.shop.data_span, reading.query.compare
        if span is None or compare is None or compare == self.base.compare:
            return
        earlier = self.reader.shop.compile(reading.query).earlier
        if earlier and earlier.end and earlier.end <= span[0]:
            said = next((t for t, became in reading.words if became == "compare"), "")
            zh, en = (f"“{said}”", f'"{said}"') if said else ("要比的那段时间", "that period")
            message = Text(zh=f"{zh}没有数据，无法对比。", en=f"There are no data for {en} to compare with.")
            raise Refuse(message, unexplained=(said,) if said else ())

    def _ask_whose(self, reading: Reading) -> None:
        """How many of those redeemed: those who were counted in other rows (who got a coupon) are not those of the new ones."""
        said, homes = self.changes.those, [self._homes(q) for q in (self.base, reading.query)]
        kept = all(self._filters(self.base) <= self._filters(reading.query, m.metric) for m in reading.query.metrics if m.metric)
        if said and reading.query.records is None and not (homes[1] <= homes[0] and kept):
            message = Text(zh=f"“{said}”是在别的数据里数出来的，请把问题说完整。", en=f'"{said}" were counted among other data. Please ask in full.')
            raise AskBack(message, (reading.query,), (said,))

    def _filters(self, query: SemanticQuery, metric: str | None = None) -> set[Condition]:
        """What the rows of these metrics are filtered by in the catalog, and those of their parts: paying customers of sales per customer."""
        leaves = [a for m in query.metrics if m.metric and metric in (None, m.metric) for a in self.catalog.formula(m.metric).aggregates]
        sets = [set(a.filter) for a in leaves]
        return set.union(*sets) if sets and metric is None else set.intersection(*sets) if sets else set()

    def _homes(self, query: SemanticQuery) -> set[str]:
        return {h for m in query.metrics if m.metric for h in self.catalog.formula(m.metric).homes}


def _may_pass(word: str) -> bool:
    """Whether an unused word of a follow-up only shows, or has no content of its own."""
    return is_general_chinese(word) or len(word) < 2 if has_han(word) else word in _SHOWING
