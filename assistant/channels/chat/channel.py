"""What a platform of chat has to offer to be one of our channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assistant.channels.chat.message import Message

if TYPE_CHECKING:
    from fastapi import APIRouter

    from assistant.channels.chat.reception import Reception


class ChannelSettings(BaseModel):
    """What every channel takes in `channels:` of wenshu.yaml; a channel adds its own. `${NAME}` stands for a variable of the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: dict[str, str] = Field(default={}, description="The user of the shop that each person of the platform is, by the platform's id.")
    unknown: str | None = Field(default=None, description="The user as whom everybody else is answered; without one they get no data.")
    tell_unknown: bool = Field(default=False, description="Whether people whom nobody is named for are told so; otherwise they get no reply.")

    places: dict[str, tuple[str, ...]] = Field(
        default={}, description="Where users may have digests and alerts sent: for each place (a channel, a person, an address) its users, * for all."
    )

    def user(self, person: str) -> str | None:
        """The user of the shop that somebody is."""
        return self.people.get(person, self.unknown)

    def may_send(self, place: str, user: str) -> bool:
        """Whether a user may have messages sent to a place: one that the settings name for them, or themselves."""
        named = self.places.get(place, ())
        return "*" in named or user in named or (bool(user) and self.people.get(place) == user)


@dataclass(frozen=True)
class Incoming:
    """What somebody wrote, or clicked, on a platform.

    `key` names it, and is the same however often it is delivered. `thread` is where the answer belongs: its name is that of a
    conversation. `do` is what a button carries. `reply` is what the platform wants back with the answer, such as where to post it;
    it is kept in the store until the answer is sent.
    """

    key: str
    person: str
    thread: str
    text: str = ""
    do: str = ""
    reply: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


class Poster(Protocol):
    """Posts to a platform. Raises ChannelError, with `again` where another try may succeed."""

    def answer(self, incoming: Incoming, message: Message) -> None:
        """Posts the answer to what came in, in its thread."""

    def send(self, place: str, message: Message, key: str) -> None:
        """Posts a message that nobody asked for, as of a subscription. The key is the same at every try."""


class Channel(Protocol):
    """A channel: the model of its settings, its poster, and the paths that its platform calls."""

    name: str
    settings: type[ChannelSettings]

    def poster(self, settings: Any) -> Poster:
        """What posts. Raises UsageError where a package is missing."""

    def routes(self, settings: Any, receive: Reception) -> APIRouter | None:
        """The paths that the platform calls; none for one that is only written to."""

    def listen(self, settings: Any, receive: Reception) -> Callable[[], None] | None:
        """Starts to listen by a connection of our own, where the platform has no way to call us; gives what ends it. None where there is none."""
