"""Reading sources: whatever the format, rows of text with the file and the line that each comes from."""

from semantic_layer.sources.reading.batch import Batch, Rejected, Unreadable
from semantic_layer.sources.reading.files import Seen, listed
from semantic_layer.sources.reading.read import read_batches

__all__ = ["Batch", "Rejected", "Seen", "Unreadable", "listed", "read_batches"]
