"""What a draft is: the sections of a catalog, and what was guessed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Review:
    """Something that was guessed: what, and why."""

    place: str
    what: str
    reason: str


@dataclass
class Drafted:
    """The sections of a catalog, in their order, with what was guessed. `comments` say it beside each key."""

    sections: dict[str, Any] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    last_day: dt.date | None = None

    def note(self, place: str, what: str, reason: str) -> None:
        """Marks something for review, once."""
        review = Review(place, what, reason)
        if review not in self.reviews:
            self.reviews.append(review)
