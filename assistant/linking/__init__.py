"""From words to the catalog: encoders, and the names, likenesses and meanings of its entries."""

from assistant.linking.encoders import CachedEncoder, Encoder, load_encoder
from assistant.linking.lexicon import Lexicon, Link, Name, band, spell

__all__ = ["CachedEncoder", "Encoder", "Lexicon", "Link", "Name", "band", "load_encoder", "spell"]
