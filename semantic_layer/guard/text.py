"""From text to one tree: what is too large, too deep or invisible is refused before anything is parsed."""

from __future__ import annotations

import logging
import unicodedata
from collections import Counter
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from semantic_layer.errors import GuardError

MAX_BYTES = 50_000
MAX_DEPTH = 60
MAX_SIGNS = 20  # NOT and signs in a row; each is one level of the parser's own stack
MAX_KEYWORDS = 200  # of one kind: words that open something make the parser descend, or try again from the start

# The parser logs the text of statements that it does not know; they may hold anything.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_SIGNS = {TokenType.NOT, TokenType.DASH, TokenType.PLUS}
_TEXTS = {TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.BYTE_STRING}
# What a long list, a long condition or a long CASE repeats; the parser takes these in a loop.
_REPEATED = {
    TokenType.AND, TokenType.OR, TokenType.ALIAS, TokenType.WHEN, TokenType.THEN, TokenType.NULL, TokenType.TRUE, TokenType.FALSE,
    TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.IN, TokenType.IS,
}  # fmt: skip
_MATCHES = {TokenType.TILDE, TokenType.RLIKE, TokenType.IRLIKE}
_NEVER = {"Cc", "Cs", "Cn", "Co"}
_NOT_IN_SQL = {*_NEVER, "Cf", "Zl", "Zp"}


def too_complicated() -> GuardError:
    """For statements whose tree is more than the parser, the engine or a reader can bear."""
    return GuardError("The statement is too complicated; split it.", "语句过于复杂，请拆分。")


def parsed(text: str, dialect: str, max_bytes: int = MAX_BYTES) -> exp.Expr:
    """The tree of exactly one statement. Raises GuardError, and nothing else."""
    if len(text) > max_bytes or len(text.encode("utf-8", "replace")) > max_bytes:
        raise GuardError(f"The statement is longer than {max_bytes:,} bytes; shorten it.", f"语句超过 {max_bytes:,} 字节，请缩短。")
    _check_characters(text, _NEVER)
    engine = Dialect.get_or_raise(dialect)
    try:
        tokens = engine.tokenize(text)
        _check_tokens(tokens)
        statements = [s for s in engine.parser().parse(tokens, text) if s is not None]
    except (SqlglotError, RecursionError, ValueError, IndexError, TypeError, AttributeError, KeyError) as error:
        raise GuardError("This is not SQL that can be read; check its spelling.", "无法读懂这段 SQL，请检查写法。") from error
    if len(statements) != 1:
        raise GuardError("Exactly one statement can be run at a time.", "一次只能运行一条语句。")
    return statements[0]


def _check_characters(text: str, categories: set[str]) -> None:
    odd = next((c for c in text if c not in "\t\n\r" and unicodedata.category(c) in categories), None)
    if odd is not None:
        raise GuardError(
            f"The statement holds the invisible character U+{ord(odd):04X}; remove it.",
            f"语句含有不可见字符 U+{ord(odd):04X}，请删除。",
        )


def _check_tokens(tokens: list[Any]) -> None:
    """Brackets, signs and characters, token by token. The engine takes as white space what the parser takes as letters."""
    depth = cases = signs = 0
    keywords: Counter[TokenType] = Counter()
    for token in tokens:
        kind, text = token.token_type, token.text
        if text[:1].isalpha() and kind not in _REPEATED:
            keywords[kind] += 1
            if keywords[kind] > MAX_KEYWORDS:
                raise too_complicated()
        depth += (kind in _OPENING) - (kind in _CLOSING)
        cases += (kind is TokenType.CASE) - (kind is TokenType.END and cases > 0)
        signs = signs + 1 if kind in _SIGNS else 0
        if depth > MAX_DEPTH or cases > MAX_DEPTH or signs > MAX_SIGNS:
            raise GuardError(f"Brackets are nested deeper than {MAX_DEPTH}; split the statement.", f"括号嵌套超过 {MAX_DEPTH} 层，请拆分语句。")
        if kind in _MATCHES:
            # Versions of the engine differ: the whole text, or any part of it.
            raise GuardError(f"Write regexp_matches(x, 'pattern') in the place of {text}.", f"请用 regexp_matches(x, 'pattern') 代替 {text}。")
        if kind not in _TEXTS and not text.isascii():
            _check_characters(text, _NOT_IN_SQL)
