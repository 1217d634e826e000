"""Computations beyond one query, by the name that a reading asks for them with. To add one: a file here, and its line below."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.analyses.actions import ToDo
from assistant.analyses.drivers import Drivers
from assistant.analyses.forecast import Forecast
from assistant.analyses.study import Analysis, Found, Study
from assistant.analyses.unusual import Unusual

ANALYSES: Mapping[str, Analysis] = {
    "actions": ToDo(),
    "anomaly": Unusual(),
    "drivers": Drivers(),
    "drivers_of_fall": Drivers(-1),  # the question takes the direction for granted
    "drivers_of_rise": Drivers(1),
    "forecast": Forecast(),
}
AHEAD = frozenset(["forecast"])  # those that may be asked of days without data

__all__ = ["AHEAD", "ANALYSES", "Analysis", "Found", "Study"]
