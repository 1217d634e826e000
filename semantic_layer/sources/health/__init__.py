"""The health of a shop's data: what its sources delivered, judged by what `sources.yaml` declares; not that of an installation."""

from semantic_layer.sources.health.effects import Effect, Effects
from semantic_layer.sources.health.findings import judged, worst_first
from semantic_layer.sources.health.models import Example, Finding, Health, Point, SourceHealth
from semantic_layer.sources.health.state import Kept, read_kept

__all__ = ["Effect", "Effects", "Example", "Finding", "Health", "Kept", "Point", "SourceHealth", "judged", "read_kept", "worst_first"]
