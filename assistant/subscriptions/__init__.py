"""Digests and alerts: stored queries that are asked again by the clock, and sent where their users want them.

Numbers come from `Assistant.answer` alone, with the rights of the subscriber.
"""

from assistant.subscriptions.book import Book, Place, Wanted
from assistant.subscriptions.condition import Condition, condition_of
from assistant.subscriptions.schedule import Schedule, schedule_of

__all__ = ["Book", "Condition", "Place", "Schedule", "Wanted", "condition_of", "schedule_of"]
