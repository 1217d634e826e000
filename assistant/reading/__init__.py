"""Links and words of a question composed into a semantic query."""

from assistant.reading.outcome import AskBack, Reading, Refuse
from assistant.reading.reader import Reader

__all__ = ["AskBack", "Reader", "Reading", "Refuse"]
