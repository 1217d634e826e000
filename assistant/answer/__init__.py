"""What a person gets: sentence, table, the reading said back, and the answer object every channel renders."""

from assistant.answer.model import Answer

__all__ = ["Answer"]
