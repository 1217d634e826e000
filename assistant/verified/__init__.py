"""Verified questions: what an analyst has confirmed, kept in a file of the shop, found again in other words, and tried again.

Knows reading, language, linking; never where a question came from.
"""

from assistant.verified.around import VerifiedReader
from assistant.verified.book import Book, book_of
from assistant.verified.entry import Entry

__all__ = ["Book", "Entry", "VerifiedReader", "book_of"]
