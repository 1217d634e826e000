"""The health of a shop's data: what its sources delivered, judged by what `sources.yaml` declares; not that of an installation."""

from semantic_layer.sources.health.findings import judged
from semantic_layer.sources.health.models import Example, Finding, Health, SourceHealth
from semantic_layer.sources.health.state import Kept, read_kept

__all__ = ["Example", "Finding", "Health", "Kept", "SourceHealth", "judged", "read_kept"]
