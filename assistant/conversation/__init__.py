"""How a question goes on: the parts of a query as chips, and what each can be changed to."""

from assistant.conversation.chips import Chip, Edit, chips

__all__ = ["Chip", "Edit", "chips"]
