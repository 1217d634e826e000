"""From documents of Apache Ossie to a draft of a catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlglot import exp

from semantic_layer.catalog.exchange.draft import (
    DatasetDraft,
    FieldDraft,
    MetricDraft,
    ModelDraft,
    Names,
    RelationshipDraft,
    identifier,
)
from semantic_layer.catalog.exchange.expressions import READERS, UnreadableError, read_expression
from semantic_layer.catalog.exchange.files import Document
from semantic_layer.catalog.exchange.ossie_document import (
    VENDOR,
    AIContext,
    Described,
    Expression,
    OssieDataset,
    OssieDocument,
    OssieField,
    OssieMetric,
    OssieModel,
    OssieRelationship,
)
from semantic_layer.catalog.exchange.ossie_restore import Key, Restored, restored
from semantic_layer.catalog.exchange.report import Report
from semantic_layer.catalog.expressions import DIALECT, parse_sql
from semantic_layer.catalog.source import Loc, Problem, Source
from semantic_layer.errors import CatalogError, Message

# What a document may set in `wenshu.yaml`; where the data are and who may see them is not for it to say.
SETTINGS = ("label", "today", "limits")


class OssieReader:
    """Reads documents into one draft; what cannot be read is in `report`, what must not be in `problems`."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.problems: list[Problem] = []
        self.draft = ModelDraft("")
        self._source = Source()
        self._named: dict[str, str] = {}
        self._restored: Restored | None = None

    def read(self, document: Document[OssieDocument]) -> None:
        """Adds the models of a document."""
        self._source = document.source
        for n, model in enumerate(document.content.semantic_model):
            self._model(model, ("semantic_model", n))

    def _model(self, model: OssieModel, loc: Loc) -> None:
        if self.draft.name:
            self._note("guessed", model.name, "several models become one catalog", "多个模型合并为一个目录", loc)
        else:
            self.draft.name, self.draft.names = model.name, Names(description=model.description or "")
        self._lost_context(model, model.name, loc)
        self._restore(model, loc)
        for n, dataset in enumerate(model.datasets):
            self._dataset(dataset, (*loc, "datasets", n))
        for n, relationship in enumerate(model.relationships):
            self._relationship(relationship, (*loc, "relationships", n))
        for n, metric in enumerate(model.metrics):
            self._metric(metric, (*loc, "metrics", n))
        if self._restored is not None:
            self._only_in_extension(self._restored, loc)

    def _restore(self, model: OssieModel, loc: Loc) -> None:
        """Takes over what an export of ours left in the model's extension."""
        try:
            self._restored = restored(model)
        except ValueError as error:
            self._restored = None
            path = f"{model.name}.custom_extensions"
            self._note("lost", path, f"the extension of {VENDOR} is damaged: {error}", f"{VENDOR} 的扩展已损坏：{error}", (*loc, "custom_extensions"))
        if self._restored is not None:
            whole = self._restored.whole
            self.draft.restored = True
            self.draft.sections |= whole.sections
            self.draft.settings |= {k: v for k, v in whole.settings.items() if k in SETTINGS}

    def _only_in_extension(self, found: Restored, loc: Loc) -> None:
        """The metrics that Ossie cannot say; then all in the order they had."""
        for name, spec in found.whole.metrics.items():
            try:
                tree = parse_sql(spec["expression"], Message(f"{name}: ", f"{name}："))
            except CatalogError as error:
                self._note("lost", f"metrics.{name}", f"left out: {error.en}", f"未导入：{error.zh}", loc)
                continue
            self.draft.metrics[name] = MetricDraft(name, tree, f"metrics.{name}", place=self._source.place(loc), spec=spec, kept=True)
        order = {name: n for n, name in enumerate(found.whole.order)}
        known = sorted(self.draft.metrics, key=lambda name: order.get(name, len(order)))
        self.draft.metrics = {name: self.draft.metrics[name] for name in known}

    def _kept(self, key: Key, given: OssieDataset | OssieField | OssieRelationship | OssieMetric, path: str, loc: Loc) -> tuple[dict[str, Any], bool]:
        """What our extension says of a part, and whether the document still says what was exported."""
        spec, changed = self._restored.kept(key, given) if self._restored else (None, ())
        if spec is None:
            return {}, False
        if changed:
            what = ", ".join(changed)
            self._note("guessed", path, f"changed since the export, and taken as it is now: {what}", f"导出后有改动，按现在的内容导入：{what}", loc)
        return spec, not changed

    def _dataset(self, given: OssieDataset, loc: Loc) -> None:
        path = f"datasets.{given.name}"
        if self._twice("dataset", given.name, given.name in self._named, loc):
            return
        name = self._identifier(given.name, self.draft.datasets, path, loc)
        self._named[given.name] = name
        spec, kept = self._kept(("datasets", given.name), given, path, loc)
        names = self._names(given, path, loc, spec, kept)
        dataset = DatasetDraft(name, given.source, path, names=names, place=self._source.place((*loc, "source")), spec=spec, kept=kept)
        self.draft.datasets[name] = dataset
        known: dict[str, str] = {}
        for n, field in enumerate(given.fields):
            if not self._twice(f"field of {given.name}", field.name, field.name in known, (*loc, "fields", n)):
                own = self._identifier(field.name, dataset.fields, f"{path}.fields.{field.name}", (*loc, "fields", n))
                known[field.name] = own
                self._field(dataset, field, own, (*loc, "fields", n))
        dataset.primary_key = [known.get(k, k) for k in given.primary_key]
        dataset.time = spec.get("time")
        for n, key in enumerate(given.unique_keys):
            if set(key) != set(given.primary_key):
                self._note(
                    "lost", f"{path}.unique_keys", f"a catalog states no further unique key ({', '.join(key)})",
                    f"目录不另外声明唯一键（{'、'.join(key)}）", (*loc, "unique_keys", n),
                )  # fmt: skip

    def _field(self, dataset: DatasetDraft, given: OssieField, name: str, loc: Loc) -> None:
        path = f"{dataset.path}.fields.{given.name}"
        if given.label:
            self._note("lost", f"{path}.label", "a label for categorization has no place", "用于归类的 label 没有对应项", (*loc, "label"))
        spec, kept = self._kept(("datasets", dataset.name, given.name), given, path, loc)
        if spec and not kept:
            spec = {"kind": "dimension", **spec}
        written = spec.get("expression", name) if kept else None
        tree = parse_sql(written, Message(f"{path}: ", f"{path}：")) if written else self._expression(given.expression, path, (*loc, "expression"))
        if tree is None:
            return
        for column in tree.find_all(exp.Column):
            if column.table and self._named.get(column.table, column.table).casefold() == dataset.name.casefold():
                column.set("table", None)
        plain = isinstance(tree, exp.Column) and not tree.table and tree.name.casefold() == name.casefold()
        role = "time" if given.is_time else "dimension" if given.dimension is not None else ""
        names = self._names(given, path, loc, spec, kept)
        dataset.fields[name] = FieldDraft(
            name, path, None if plain else tree, role, names, spec.get("entity"), self._source.place(loc), spec=spec, kept=kept
        )

    def _relationship(self, given: OssieRelationship, loc: Loc) -> None:
        path = f"relationships.{given.name}"
        place = self._source.place(loc)
        for end, name in (("from", given.from_), ("to", given.to)):
            if name not in self._named:
                self.problems.append(Problem(self._source.place((*loc, end)), f"relationship {given.name}: there is no dataset {name}"))
                return
        if len(given.from_columns) != len(given.to_columns):
            self.problems.append(Problem(place, f"relationship {given.name}: from_columns and to_columns differ in length"))
            return
        self._lost_context(given, path, loc, synonyms_too=True)
        pairs = list(zip(given.from_columns, given.to_columns, strict=True))
        spec, kept = self._kept(("relationships", given.name), given, path, loc)
        spec = spec if kept else {k: v for k, v in spec.items() if k == "default"}
        self.draft.relationships.append(RelationshipDraft(self._named[given.from_], self._named[given.to], pairs, path, place, spec))

    def _metric(self, given: OssieMetric, loc: Loc) -> None:
        path = f"metrics.{given.name}"
        if self._twice("metric", given.name, any(m.path == path for m in self.draft.metrics.values()), loc):
            return
        name = self._identifier(given.name, self.draft.metrics, path, loc)
        spec, kept = self._kept(("metrics", given.name), given, path, loc)
        written = spec.get("expression")
        tree = parse_sql(written, Message(f"{path}: ", f"{path}：")) if written else self._expression(given.expression, path, (*loc, "expression"))
        if tree is not None:
            for column in tree.find_all(exp.Column):
                if column.table in self._named:
                    column.set("table", exp.to_identifier(self._named[column.table]))
            self.draft.metrics[name] = MetricDraft(name, tree, path, self._names(given, path, loc, spec, kept), self._source.place(loc), spec, kept)

    def _expression(self, given: Expression, path: str, loc: Loc) -> exp.Expr | None:
        """The best of its dialects, standard SQL first; None with a note if none can be read."""
        order = list(READERS)
        readable = sorted((d for d in given.dialects if d.dialect in READERS), key=lambda d: order.index(d.dialect))
        wrong = ("no dialect of it is SQL that can be read", "没有可读取的 SQL 方言")
        for chosen in readable:
            try:
                tree = read_expression(chosen.expression, chosen.dialect)
            except UnreadableError as error:
                wrong = (error.en, error.zh)
                continue
            if chosen.dialect != "ANSI_SQL":
                sql = tree.sql(DIALECT)
                self._note("guessed", path, f"translated from {chosen.dialect} to {sql}", f"由 {chosen.dialect} 转写为 {sql}", loc)
            return tree
        self._note("lost", path, f"left out: {wrong[0]}", f"未导入：{wrong[1]}", loc)
        return None

    def _names(self, given: Described, path: str, loc: Loc, spec: Mapping[str, Any], kept: bool) -> Names:
        """Its names as the document has them; what is known from an export is not said again."""
        context = given.ai_context
        self._lost_context(given, path, loc)
        if kept:
            return Names()
        labels = set(spec.get("label", {}).values())
        given_names = list(context.synonyms) if isinstance(context, AIContext) and "synonyms" not in spec else []
        synonyms = [s.strip() for s in given_names if s.strip() and s.strip() not in labels]
        return Names(synonyms=synonyms, description="" if "description" in spec else given.description or "")

    def _lost_context(self, given: Described | OssieRelationship, path: str, loc: Loc, synonyms_too: bool = False) -> None:
        """Notes what of the context and of other vendors' extensions has no place in a catalog."""
        context = given.ai_context
        lost = ["instructions"] if isinstance(context, str) else []
        if isinstance(context, AIContext):
            lost = [k for k in ("instructions", "examples") if getattr(context, k)] + sorted(context.model_extra or {})
            lost += ["synonyms"] if context.synonyms and synonyms_too else []
        if lost:
            what = ", ".join(lost)
            self._note("lost", f"{path}.ai_context", f"a catalog has no place for {what}", f"目录没有 {what} 的位置", (*loc, "ai_context"))
        for n, extension in enumerate(given.custom_extensions):
            if extension.vendor_name != VENDOR:
                self._note(
                    "lost", f"{path}.custom_extensions", f"the extension of {extension.vendor_name} is not understood",
                    f"不理解 {extension.vendor_name} 的扩展", (*loc, "custom_extensions", n),
                )  # fmt: skip

    def _identifier(self, given: str, taken: Iterable[str], path: str, loc: Loc) -> str:
        name = identifier(given, taken)
        if name != given:
            self._note("renamed", path, f"is {name} here; a name has only letters, digits and _", f"在此改名为 {name}；名称只含字母、数字和 _", loc)
        return name

    def _twice(self, what: str, name: str, known: bool, loc: Loc) -> bool:
        if known:
            self.problems.append(Problem(self._source.place(loc), f"{what} {name} is defined twice"))
        return known

    def _note(self, kind: str, path: str, en: str, zh: str, loc: Loc) -> None:
        self.report.add(kind, path, en, zh, self._source.place(loc))  # type: ignore[arg-type]
