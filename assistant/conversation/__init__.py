"""How a question goes on from the last: follow-ups, choices, undoing; the parts of a query as chips, and what each can be changed to."""

from assistant.conversation.chips import Chip, Edit, chips
from assistant.conversation.dialogue import Dialogue
from assistant.conversation.memory import Conversations, InMemory

__all__ = ["Chip", "Conversations", "Dialogue", "Edit", "InMemory", "chips"]
