"""How sure a reading is, from 0 to 1; `wenshu eval` holds it against how often readings are right."""

from __future__ import annotations

from assistant.reading.state import State

# What each thing leaves of the confidence; fitted by hand on the dev questions, where readings that were wrong have
# twice as many words that were only said, four times as many that were taken for the subject, and more to explain.
_LEAST = 0.99
_PER_SAID = 0.94
_PER_SUBJECT = 0.9
_PER_ASSUMPTION = 0.95
_PER_WORD_BEYOND = 0.985
_WORDS = 6
_LEFT = 0.6


def confidence(state: State, weight: float) -> float:
    """The confidence of a reading whose leftover words weigh so much."""
    used = [m for m in state.marks if not m.filler]
    said = sum(m.became == "said" for m in used)
    subjects = sum(m.became in ("subject", "counter") for m in used)
    weakest = min([m.score for m in state.marks if m.became], default=1.0)
    sure = _LEAST * weakest * (1 - _LEFT * weight)
    sure *= _PER_SAID**said * _PER_SUBJECT**subjects * _PER_ASSUMPTION ** len(state.assumptions)
    return round(sure * _PER_WORD_BEYOND ** max(0, len(used) - _WORDS), 3)
