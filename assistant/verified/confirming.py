"""An analyst confirms that a question means a query: who may, and what is written down."""

from __future__ import annotations

from assistant.reading import AskBack, Reader, Refuse
from assistant.verified.book import Book
from assistant.verified.checking import digest, unfit
from assistant.verified.entry import Entry, free_id
from semantic_layer.errors import EngineError, GuardError, QueryError, UsageError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops.settings import Settings


def is_analyst(settings: Settings, user: str | None) -> bool:
    """Whether a user may verify: those whom the settings name, or, where they name nobody, whoever uses the shop alone, without a name."""
    return (user or "") in settings.analysts if settings.analysts else not user


def check_analyst(settings: Settings, user: str | None) -> None:
    """Raises UsageError for a user who may not verify."""
    if not is_analyst(settings, user):
        raise UsageError(
            "Only an analyst may do this: those named under analysts: in wenshu.yaml.", "只有分析师可以这样做：请在 wenshu.yaml 的 analysts: 下列出。"
        )


def confirm(
    book: Book,
    reader: Reader,
    question: str,
    query: SemanticQuery | None,
    *,
    by: str = "",
    analysis: str = "",
    note: str = "",
    identifier: str = "",
    periods: tuple[str, ...] = (),
) -> Entry:
    """Writes a question down as verified; without a query, as the grammar reads it.

    Raises UsageError where there is no such reading, or the query does not fit the catalog; ShopError where the file cannot be written.
    """
    if query is None:
        try:
            reading = reader.read(question)
        except (AskBack, Refuse) as error:
            said = error.message
            raise UsageError(f"It is not read as one query: {said.en} Give its query.", f"它没有被读成一个查询：{said.zh}请给出查询。") from None
        query, analysis = reading.query, analysis or reading.analysis
    taken = {e.id for e in book.page().entries}
    entry = Entry(
        id=identifier or free_id(question, taken),
        questions=(question.strip(),),
        query=_wordless(query),
        analysis=analysis,
        by=by,
        on=reader.shop.today,
        periods=periods,
        note=note,
    )
    if wrong := unfit(entry, reader):
        raise UsageError(f"The query does not fit: {wrong.en}", f"查询不适用：{wrong.zh}")
    try:
        entry = entry.model_copy(update={"rows": digest(entry.query, reader.shop)})
    except (QueryError, GuardError, EngineError) as error:
        raise UsageError(f"The query does not run: {error.en}", f"查询无法运行：{error.zh}") from error
    return book.add(entry)


def _wordless(query: SemanticQuery) -> SemanticQuery:
    """The query by itself: equal ones are written alike."""

    def without(node: object) -> object:
        if isinstance(node, dict):
            return {k: without(v) for k, v in node.items() if k != "words"}
        return [without(x) for x in node] if isinstance(node, list) else node

    return SemanticQuery.model_validate(without(query.to_dict()))
