"""A first `sources.yaml` for files that nobody has described: what is read, how each column is standardised, and why."""

from semantic_layer.sources.propose.propose import Proposal, propose_sources

__all__ = ["Proposal", "propose_sources"]
