"""Every name in the catalog, and what a piece of a question may mean: by name, by likeness, by meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from assistant.language.normalise import normalise
from assistant.linking.encoders import CachedEncoder, Encoder, Vectors, load_encoder, unit
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import FieldSpec, Named, Synonyms, Text
from semantic_layer.spelling import Scanner, is_short, sound, variants

Kind: TypeAlias = Literal["metric", "field", "entity", "segment"]
How: TypeAlias = Literal["exact", "inflected", "similar", "meaning"]
Source: TypeAlias = Literal["label", "synonym", "id", "form"]
Band: TypeAlias = Literal["auto", "ask", "none"]
_Scores: TypeAlias = npt.NDArray[np.float32]

# Calibrated on the dev half of tests/linking/data with the default encoder; tests/linking holds the floors.
AUTO_SCORE = 0.60
AUTO_MARGIN = 0.10
ASK_SCORE = 0.56
LIKE = 0.60
BONUS = 0.30

INFLECTED_SCORE = 0.95
SIMILAR_SCORE = 0.99
CANDIDATES = 5
FEWEST_CENTRED = 40
# How many names of a thing in each language are given to the encoder.
MEANING_NAMES = 6


class Target(NamedTuple):
    """What a name stands for: a metric, entity or segment id, or `dataset.field`."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Name:
    """One normalised spelling of one name of something in the catalog, or, as a `form`, another way to write that name."""

    text: str
    kind: Kind
    target: str
    lang: str
    source: Source


@dataclass(frozen=True, slots=True)
class Link:
    """text[start:end] may stand for `target`; `name` is the name, or the description, that made it likely."""

    start: int
    end: int
    kind: Kind
    target: str
    score: float = 1.0
    how: How = "exact"
    name: str = ""


def spell(text: str) -> str:
    """A name in the spelling of normalised questions."""
    if text.isascii() and text.isprintable() and "`" not in text:
        return " ".join(text.lower().split())
    return normalise(text).text


def band(links: Sequence[Link]) -> Band:
    """What links by meaning, best first, allow: to take the first (`auto`), to ask which (`ask`), or `none`."""
    if not links or links[0].score < ASK_SCORE:
        return "none"
    second = links[1].score if len(links) > 1 else 0.0
    return "auto" if links[0].score > AUTO_SCORE and links[0].score - second > AUTO_MARGIN else "ask"


def catalog_names(catalog: Catalog) -> Iterator[Name]:
    """The labels, synonyms and identifiers of all metrics, fields, entities and segments, normalised."""
    seen: set[tuple[str, Target]] = set()
    things = tuple(n for e in catalog.spec.entities.values() for n in (e.label.zh, *e.synonyms.zh) if len(n) > 1)
    said = frozenset(v for d in catalog.spec.datasets.values() for v in d.verbs.zh)
    said |= {v for s in catalog.spec.segments.values() for v in s.verbs.zh}
    for target, spec, identifier in _named(catalog):
        for text, lang, source in _spoken(spec.label, spec.synonyms, identifier):
            spellings = variants(spell(text))
            forms = [*_abbreviated(spellings), *(_attributive(spellings, things, said) if target.kind in ("metric", "segment") else ())]
            for spelling, origin in [*((s, source) for s in spellings), *((f, "form") for f in forms)]:
                if spelling and (spelling, target) not in seen:
                    seen.add((spelling, target))
                    yield Name(spelling, target.kind, target.id, lang, origin)


def _abbreviated(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names with average written short, and rates as percentages: redemption %."""
    rates = (n.removesuffix("rate") + word for n in names if n.endswith(" rate") for word in ("%", "pct", "percentage"))
    return (*(n.replace("average ", "avg ") for n in names if "average " in n), *rates)


def _attributive(names: tuple[str, ...], things: tuple[str, ...], verbs: frozenset[str]) -> tuple[str, ...]:
    """取消的订单 for 取消订单: what is said of a thing may stand with its particle or without.

    What people do is a clause of its own: 没核销的家庭 are no 核销家庭.
    """
    found = [(n, t) for n in names if n.endswith(things) for t in things if n.endswith(t) and len(n) - len(t) > 1 and n.removesuffix(t) not in verbs]
    return tuple(f"{n.removesuffix(t)}的{t}" for n, t in found if not n.removesuffix(t).endswith("的"))


def _named(catalog: Catalog) -> Iterator[tuple[Target, Named, str]]:
    """What has names, with its identifier. The key field of an entity only adds names to its entity."""
    spec = catalog.spec
    yield from ((Target("metric", n), m, n) for n, m in spec.metrics.items())
    yield from ((Target("segment", n), s, n) for n, s in spec.segments.items())
    yield from ((Target("entity", n), e, n) for n, e in spec.entities.items())
    for dataset, d in spec.datasets.items():
        for name, field in d.fields.items():
            is_key = field.entity is not None and catalog.entity_field(field.entity, dataset) == name
            target = Target("entity", str(field.entity)) if is_key else Target("field", f"{dataset}.{name}")
            yield target, field, name


def _spoken(label: Text, synonyms: Synonyms, identifier: str) -> Iterator[tuple[str, str, Source]]:
    yield label.zh, "zh", "label"
    yield label.en, "en", "label"
    yield from ((s, "zh", "synonym") for s in synonyms.zh)
    yield from ((s, "en", "synonym") for s in synonyms.en)
    yield identifier.replace("_", " "), "en", "id"


class Lexicon:
    """The catalog's vocabulary. Texts given to it are normalised questions or pieces of them.

    `encoder` (default: the bundled one) and its vectors are loaded by the first call of `meaning`; `folder`
    keeps the vectors from one run to the next.
    """

    def __init__(self, catalog: Catalog, encoder: Encoder | None = None, folder: Path | None = None) -> None:
        self.names = tuple(catalog_names(catalog))
        self._catalog = catalog
        self._encoder = encoder
        self._folder = folder
        self._scanner = Scanner([n.text for n in self.names])

    def names_things(self, ref: str) -> bool:
        """Whether a field holds the names of its rows, and not what kind they are of."""
        dataset, _, name = ref.partition(".")
        shown = {(e.dataset, e.shown_by) for e in self._catalog.spec.entities.values()}
        keyed = any(e.dataset == dataset for e in self._catalog.spec.entities.values())
        return (dataset, name) in shown or (keyed and name.split("_")[-1] in ("name", "title"))

    def scan(self, text: str) -> list[Link]:
        """Every name in the text, overlapping ones included, as it stands or in the other English number."""
        best: dict[tuple[int, int, str, str], Link] = {}
        for found in self._scanner.find(text):
            name = self.names[found.number]
            link = Link(found.start, found.end, name.kind, name.target, name=name.text)
            if found.inflected:
                link = Link(found.start, found.end, name.kind, name.target, INFLECTED_SCORE, "inflected", name.text)
            key = (link.start, link.end, link.kind, link.target)
            if key not in best or best[key].score < link.score:
                best[key] = link
        return sorted(best.values(), key=lambda k: (k.start, -k.end, -k.score))

    def fuzzy(self, chunk: str) -> list[Link]:
        """What the whole chunk may be a misspelling of, best first: typing errors, homophones, typed pinyin."""
        if not chunk or not self.names:
            return []
        scores = self._likeness([chunk])[0]
        best: dict[str, Link] = {}
        for n in np.argsort(-scores, kind="stable").tolist():
            if scores[n] <= LIKE or len(best) == CANDIDATES:
                break
            name = self.names[n]
            how: How = "exact" if name.text == chunk else "similar"
            link = Link(0, len(chunk), name.kind, name.target, round(float(scores[n]), 4), how, name.text)
            best.setdefault(f"{name.kind} {name.target}", link)
        return list(best.values())

    def meaning(self, chunks: Sequence[str]) -> list[list[Link]]:
        """For each chunk the things nearest in meaning, best first. `band` says what their scores allow."""
        if not chunks or not self.names:
            return [[] for _ in chunks]
        dense = self._meanings.near(self._coder.encode(list(chunks)))
        gate = BONUS * np.maximum(0, self._likeness(chunks) - LIKE) / (1 - LIKE)
        return [self._best(chunk, d, g) for chunk, d, g in zip(chunks, dense, gate, strict=True)]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, whose inner product is their likeness in meaning."""
        return self._coder.encode(list(texts))

    def nearest(self, text: str) -> list[Link]:
        """Everything in the catalog, the nearest in meaning to a whole question first."""
        if not self.names:
            return []
        dense = self._meanings.near(self._coder.encode([text]))[0]
        return self._best(text, dense, np.zeros(len(self.names), np.float32), len(self.names))

    def _best(self, chunk: str, dense: _Scores, gate: _Scores, most: int = CANDIDATES) -> list[Link]:
        """Per target the best text by meaning, plus the bonus of the name that is spelled most alike."""
        meant: dict[Target, int] = {}
        for n in np.argsort(-dense, kind="stable").tolist():
            meant.setdefault(self._meanings.targets[n], n)
        bonus: dict[Target, float] = dict.fromkeys(meant, 0.0)
        for n in np.flatnonzero(gate).tolist():
            target = Target(self.names[n].kind, self.names[n].target)
            bonus[target] = max(bonus[target], float(gate[n]))
        scored = sorted(((float(dense[n]) + bonus[t], n) for t, n in meant.items()), key=lambda s: (-s[0], s[1]))
        return [self._link(chunk, score, n) for score, n in scored[:most]]

    def _link(self, chunk: str, score: float, text: int) -> Link:
        target = self._meanings.targets[text]
        return Link(0, len(chunk), target.kind, target.id, round(score, 4), "meaning", self._meanings.texts[text])

    def _likeness(self, chunks: Sequence[str]) -> _Scores:
        """How alike each chunk and each name sound, 0 to 1; short names are like themselves only."""
        scores = process.cdist([sound(c) for c in chunks], self._sounds, scorer=fuzz.ratio, dtype=np.float32) / 100
        short = self._short[None, :] | np.array([is_short(c) for c in chunks], dtype=np.bool_)[:, None]
        same = np.array([[n.text == c for n in self.names] for c in chunks], dtype=np.bool_)
        result: _Scores = np.where(same, 1, np.where(short, 0, np.minimum(scores, SIMILAR_SCORE))).astype(np.float32)
        return result

    @cached_property
    def _sounds(self) -> list[str]:
        return [sound(n.text) for n in self.names]

    @cached_property
    def _short(self) -> npt.NDArray[np.bool_]:
        return np.array([is_short(n.text) for n in self.names], dtype=np.bool_)

    @cached_property
    def _coder(self) -> CachedEncoder:
        return CachedEncoder(self._encoder or load_encoder(), self._folder)

    @cached_property
    def _meanings(self) -> _Meanings:
        described = [
            (spell(text), target)
            for target, spec, _ in _named(self._catalog)
            if not (target.kind == "entity" and isinstance(spec, FieldSpec))
            for text in (spec.description.zh, spec.description.en)
        ]
        texts = [(n.text, Target(n.kind, n.target)) for n in self._telling()] + [d for d in described if d[0]]
        return _Meanings([t for t, _ in texts], [t for _, t in texts], self._coder)

    def _telling(self) -> Iterator[Name]:
        """The first names of each thing: a long list of them, or their forms, cost seconds and tell the encoder nothing more."""
        seen: Counter[tuple[str, str, str]] = Counter()
        for name in (n for n in self.names if n.source != "form"):
            key = (name.kind, name.target, name.lang)
            seen[key] += 1
            if seen[key] <= MEANING_NAMES:
                yield name


class _Meanings:
    """The vectors of all names, then all descriptions, with their mean taken away where there are enough of them."""

    def __init__(self, texts: list[str], targets: list[Target], encoder: CachedEncoder) -> None:
        self.texts = texts
        self.targets = targets
        vectors = encoder.remember(texts)
        centred = len(texts) >= FEWEST_CENTRED
        self._mean = vectors.mean(axis=0) if centred else np.zeros(vectors.shape[1], np.float32)
        self._vectors = unit(vectors - self._mean)

    def near(self, questions: Vectors) -> _Scores:
        """The likeness of each question and each text."""
        result: _Scores = unit(questions - self._mean) @ self._vectors.T
        return result
