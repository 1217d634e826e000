"""Why a model gave nothing, in one family, whatever provider it was."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Any, Literal

Reason = Literal["silent", "unreachable", "busy", "failed", "denied", "unusable", "refused", "resting", "limit", "crowded"]

# Providers answer so where they do not know a way of holding a model to a form.
_UNSUPPORTED = frozenset([400, 404, 415, 422, 501])
_DENIED = frozenset([401, 402, 403])
_RETRIED = frozenset([408, 409, 425, 429, 500, 502, 503, 504, 529])


class ModelFailed(Exception):
    """A model gave nothing that can be used; `again` says whether to ask it once more, `after` how many seconds from now at the earliest.

    `form` says that it does not know the way in which it was held to the form.
    """

    def __init__(self, reason: Reason, again: bool = False, after: float = 0.0, form: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.again, self.after, self.form = reason, again, after, form


def failure(error: BaseException) -> ModelFailed:
    """What an error of a provider's library amounts to. They share no types, but bear the status of the reply."""
    if isinstance(error, ModelFailed):
        return error
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    if status in _DENIED:
        return ModelFailed("denied")
    if status in _RETRIED:
        return ModelFailed("busy" if status in (408, 429) else "failed", again=True, after=_after(error), form=status == 500)
    if status in _UNSUPPORTED or isinstance(error, NotImplementedError):
        return ModelFailed("denied", form=True)
    if isinstance(error, ValueError):
        return ModelFailed("unusable")
    named = " ".join(t.__name__.lower() for t in type(error).__mro__)
    if "refusal" in named:
        return ModelFailed("refused")
    if "timeout" in named or isinstance(error, TimeoutError):
        return ModelFailed("silent")
    return ModelFailed("unreachable", again=True)


def _after(error: Any) -> float:
    """The seconds of a Retry-After header, a number or a date; 0 without one."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    given = headers.get("retry-after") or ""
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(given) - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
