"""The index of values: what it holds, and what it finds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.linking.lexicon import spell
from semantic_layer.catalog import Catalog
from semantic_layer.errors import ShopError
from semantic_layer.values import ValueEntry, ValueHit, ValueIndex, collect_values

VALUES = {
    "goods.department": ["GROCERY", "PRODUCE", "FROZEN GROCERY"],
    "goods.category": ["CHEESES", "GROCERY", "MEAT - FROZEN", "SUGAR-FREE COOKIES", "DISHES"],
    "goods.type": ["FLUID MILK WHITE ONLY", "SOY/RICE MILK", "MILK CHOCOLATE", "BABY FOOD", "IN"],
    "goods.title": ["内蒙古酸奶", "有机牛奶", "重庆小面", "苹果手机 Pro", "广东", "广东省", "香蕉"],
    "people.age": ["19-24", "65+", "1"],
    "people.kind": ["Type A", "Type B"],
}


def entry(field: str, value: str, *names: str) -> ValueEntry:
    return ValueEntry(field, value, (value, *names))


@pytest.fixture(scope="module")
def index() -> ValueIndex:
    plain = [entry(field, value) for field, values in VALUES.items() for value in values]
    return ValueIndex([*plain, entry("goods.channel", "tm", "天猫", "Tmall")], spell)


def found(index: ValueIndex, text: str) -> list[tuple[str, str]]:
    return [(text[h.start : h.end], h.value) for h in index.scan(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sales of produce in may", [("produce", "PRODUCE"), ("in", "IN")]),
        ("frozen grocery sales", [("frozen grocery", "FROZEN GROCERY")]),
        ("meat - frozen", [("meat - frozen", "MEAT - FROZEN")]),
        ("cheese by store", [("cheese", "CHEESES")]),
        ("every dish", [("dish", "DISHES")]),
        ("a baby foods", [("baby foods", "BABY FOOD")]),
        ("sugar free cookie", [("sugar free cookie", "SUGAR-FREE COOKIES")]),
        ("soy/rice milk", [("soy/rice milk", "SOY/RICE MILK")]),
        ("producer prices", []),
        ("reproduce", []),
        ("广东省的销售额", [("广东省", "广东省")]),
        ("广东和天猫", [("广东", "广东"), ("天猫", "tm")]),
        ("苹果手机pro卖了多少", [("苹果手机pro", "苹果手机 Pro")]),
        ("苹果手机 pro卖了多少", [("苹果手机 pro", "苹果手机 Pro")]),
        ("aged 19-24 or 65+", [("19-24", "19-24"), ("65+", "65+")]),
        ("type a和type b", [("type a", "Type A"), ("type b", "Type B")]),
        ("1.5 or 3.1 or 1,000 or 21", []),
        ("", []),
    ],
)
def test_scan_finds_whole_names(index: ValueIndex, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(index, text) == expected


def test_scan_gives_all_fields_that_share_a_value(index: ValueIndex) -> None:
    fields = {h.field for h in index.scan("groceries")}
    assert fields == {"goods.department", "goods.category"}


def test_scan_says_how(index: ValueIndex) -> None:
    how = {h.value: h.how for h in index.scan("produce cheese 1 in")}
    assert how == {"PRODUCE": "exact", "CHEESES": "inflected", "1": "weak", "IN": "weak"}


def test_scan_can_show_names_inside_names(index: ValueIndex) -> None:
    inside = {h.value for h in index.scan("frozen grocery", overlapping=True)}
    assert inside == {"FROZEN GROCERY", "GROCERY"}


def test_one_place_and_value_give_one_hit() -> None:
    twice = ValueIndex([entry("a.b", "Cake", "cakes")])
    assert twice.scan("cakes") == [ValueHit(0, 5, "a.b", "Cake", "synonym")]


def test_exact_is_the_whole_name(index: ValueIndex) -> None:
    assert [e.value for e in index.exact("Tmall")] == ["tm"]
    assert [e.field for e in index.exact("GROCERY")] == ["goods.department", "goods.category"]
    assert index.exact("groceries") == []
    assert index.exact("tmal") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("grocry", "GROCERY"),
        ("prodcue", "PRODUCE"),
        ("chese", "CHEESES"),
        ("fluid mlik white only", "FLUID MILK WHITE ONLY"),
        ("内蒙股酸奶", "内蒙古酸奶"),
        ("有鸡牛奶", "有机牛奶"),
        ("youjiniunai", "有机牛奶"),
        ("chongqingxiaomian", "重庆小面"),
        ("香焦", "香蕉"),
    ],
)
def test_fuzzy_forgives_spelling_and_sound(index: ValueIndex, text: str, value: str) -> None:
    best = index.fuzzy(text)[0]
    assert (best.entry.value, best.how) == (value, "similar")
    assert 0.8 <= best.score < 1


@pytest.mark.parametrize("text", ["type c", "19-25", "广西", "in", "a", "", "员工离职率", "66+"])
def test_fuzzy_does_not_take_one_value_for_another(index: ValueIndex, text: str) -> None:
    assert [m for m in index.fuzzy(text) if m.how == "similar" and m.score < 1] == []


def test_fuzzy_tells_partial_names_apart_and_lower(index: ValueIndex) -> None:
    matches = index.fuzzy("milk")
    assert {m.entry.value for m in matches} == {"FLUID MILK WHITE ONLY", "SOY/RICE MILK", "MILK CHOCOLATE"}
    assert all(m.how == "partial" and 0.5 <= m.score <= 0.75 for m in matches)
    assert [m.entry.value for m in index.fuzzy("white milk") if m.how == "partial"] == ["FLUID MILK WHITE ONLY"]
    assert [m.entry.value for m in index.fuzzy("酸奶") if m.how == "partial"] == ["内蒙古酸奶"]


NAMED = {
    "airports.name": ["Newark Liberty Intl", "La Guardia", "John F Kennedy Intl", "Philadelphia Intl"],
    "goods.group": ["CRACKERS/MISC BKD FD", "CANDY - PACKAGED", "TORTILLA/NACHO CHIPS", "BAKED SWEET GOODS"],
    "goods.name": ["WAMAL CHOCOLATE BAR 100 G", "盛阳酸奶40片", "盛阳低脂酸奶40片", "福光红茶10克", "麻辣香锅(微辣)"],
}


@pytest.fixture(scope="module")
def named() -> ValueIndex:
    return ValueIndex(entry(field, value) for field, values in NAMED.items() for value in values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Newark", ["Newark Liberty Intl"]),
        ("liberty newark", ["Newark Liberty Intl"]),
        ("Ｋｅｎｎｅｄｙ", ["John F Kennedy Intl"]),
        ("crackers", ["CRACKERS/MISC BKD FD"]),
        ("cracker", ["CRACKERS/MISC BKD FD"]),
        ("newrak", ["Newark Liberty Intl"]),
        ("chocolatebar", ["WAMAL CHOCOLATE BAR 100 G"]),
        ("wamal chocolat", ["WAMAL CHOCOLATE BAR 100 G"]),
        ("intl", ["Philadelphia Intl", "Newark Liberty Intl", "John F Kennedy Intl"]),
        ("酸奶", ["盛阳酸奶40片", "盛阳低脂酸奶40片"]),
        ("酸乃", ["盛阳酸奶40片", "盛阳低脂酸奶40片"]),
        ("hongcha", ["福光红茶10克"]),
        ("麻辣香锅", ["麻辣香锅(微辣)"]),
        ("new", []),
        ("of", []),
        ("newark airport", []),
        ("John F Kennedy Intl", []),
        ("狗粮", []),
    ],
)
def test_partial_finds_longer_names(named: ValueIndex, text: str, values: list[str]) -> None:
    assert [m.entry.value for m in named.partial(text)] == values


def test_partial_scores_what_stands_before_a_sign_highest(named: ValueIndex) -> None:
    scores = {text: named.partial(text)[0].score for text in ("crackers", "candy", "麻辣香锅", "newark liberty", "newark", "newrak")}
    assert scores["crackers"] == scores["candy"] == scores["麻辣香锅"] == 0.9
    assert 0.75 > scores["newark liberty"] > scores["newark"] > scores["newrak"] > 0.4


def test_partial_gives_no_more_than_asked_for(named: ValueIndex) -> None:
    assert len(named.partial("intl", limit=2)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flights from newark in may", [("newark", "Newark Liberty Intl")]),
        ("flights from newark liberty intl", []),
        ("sales of baked sweets", [("baked sweets", "BAKED SWEET GOODS")]),
        ("红茶的销售额", [("红茶", "福光红茶10克")]),
        ("低脂酸奶卖了多少", [("低脂酸奶", "盛阳低脂酸奶40片")]),
        ("newrak and 2 of them", []),
    ],
)
def test_scan_gives_partial_names_when_asked(named: ValueIndex, text: str, expected: list[tuple[str, str]]) -> None:
    hits = [h for h in named.scan(text, partial=True) if h.how == "partial"]
    assert [(text[h.start : h.end], h.value) for h in hits] == expected
    assert all(0.5 <= h.score < 1 for h in hits)
    assert [h for h in named.scan(text) if h.how == "partial"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("units of wamal choclate bar 100 g by month", [("wamal choclate bar 100 g", "WAMAL CHOCOLATE BAR 100 G")]),
        ("units of wamal chocolatebar 100 g by month", [("wamal chocolatebar 100 g", "WAMAL CHOCOLATE BAR 100 G")]),
        ("flights from newark libetry intl to la gaurdia", [("newark libetry intl", "Newark Liberty Intl"), ("la gaurdia", "La Guardia")]),
        ("去年盛阳低酯酸奶40片的销量", [("盛阳低酯酸奶40片", "盛阳低脂酸奶40片")]),
        ("units of wamal choclate bar 200 g by month", []),
        ("flights from newark liberty intl", []),
        ("sales of newly baked goods", []),
        ("上个月的销售额是多少", []),
        ("", []),
    ],
)
def test_scan_gives_misspelt_names_when_asked(named: ValueIndex, text: str, expected: list[tuple[str, str]]) -> None:
    hits = [h for h in named.scan(text, misspelt=True) if h.how == "similar"]
    assert [(text[h.start : h.end], h.value) for h in hits] == expected
    assert all(0.86 <= h.score < 1 for h in hits)
    assert [h for h in named.scan(text) if h.how == "similar"] == []


def test_a_misspelt_name_may_hold_another_that_is_not() -> None:
    both = ValueIndex([entry("goods.kind", "CHOCOLATE BAR"), entry("goods.name", "WAMAL CHOCOLATE BAR 100 G")])
    text = "units of wmaal chocolate bar 100 g by month"
    assert [(h.value, h.how) for h in both.scan(text, misspelt=True)] == [("CHOCOLATE BAR", "exact"), ("WAMAL CHOCOLATE BAR 100 G", "similar")]


@pytest.mark.parametrize("text", ["laguardia", "la gurdia", "la gaurdia", "la-guardia", "la guardai"])
def test_similar_forgives_blanks_and_swapped_letters(named: ValueIndex, text: str) -> None:
    assert [(m.entry.value, m.score >= 0.9) for m in named.similar(text)] == [("La Guardia", True)]


def test_hits_say_how_strongly(index: ValueIndex) -> None:
    scored = {h.value: (h.how, h.score) for h in index.scan("天猫 produce cheese 1")}
    assert scored == {"tm": ("synonym", 1.0), "PRODUCE": ("exact", 1.0), "CHEESES": ("inflected", 0.98), "1": ("weak", 0.5)}


def test_fuzzy_keeps_to_its_limit(index: ValueIndex) -> None:
    assert len(index.fuzzy("milk", limit=2)) == 2


def test_equal_names_score_one(index: ValueIndex) -> None:
    assert index.fuzzy("广东")[0].score == 1


def distinct(field: str) -> list[str | int]:
    return {"lines.channel": ["tm", "jd", " ", "x" * 101], "goods.category": ["茶", 7], "goods.brand": []}[field]  # type: ignore[return-value]


def test_collect_takes_text_dimensions_and_named_codes(catalog: Catalog) -> None:
    entries = {(e.field, e.value): e.names for e in collect_values(catalog, distinct)}
    assert entries == {
        ("lines.channel", "tm"): ("tm", "天猫", "Tmall", "T-Mall store"),
        ("lines.channel", "jd"): ("jd",),
        ("lines.state", "1"): ("已付款", "paid"),
        ("goods.category", "茶"): ("茶",),
        ("goods.category", "7"): ("7",),
    }


def test_collect_stops_at_the_limit_of_a_field(catalog: Catalog) -> None:
    assert sum(e.field == "goods.category" for e in collect_values(catalog, distinct, 1)) == 1


def test_build_and_load_keep_everything(index: ValueIndex, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "values"
    ValueIndex.build(index.entries, folder, spell, stamp="abc")
    again = ValueIndex.load(folder, spell)
    assert again.entries == index.entries
    assert again.stamp == "abc"
    for text in ("天猫 grocery", "white milk and 酸奶"):
        assert again.scan(text, partial=True, misspelt=True) == index.scan(text, partial=True, misspelt=True) != []
    for text in ("grocry", "有鸡牛奶", "youjiniunai", "milk", "wihte milk"):
        assert again.fuzzy(text) == index.fuzzy(text) != []
    assert [p.name for p in folder.parent.iterdir()] == ["values"]


def test_building_again_replaces_what_was_there(tmp_path: Path) -> None:
    first = ValueIndex.build([entry("a.b", "tea")], tmp_path / "values")
    second = ValueIndex.build([entry("a.b", "coffee")], tmp_path / "values")
    assert [h.value for h in second.scan("tea and coffee")] == ["coffee"]
    assert [h.value for h in first.scan("tea and coffee")] == ["tea"]


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def cut() -> Iterator[ValueEntry]:
        yield entry("a.b", "tea")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        ValueIndex.build(cut(), tmp_path / "values")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    for empty in (ValueIndex([]), ValueIndex.build([], tmp_path / "values")):
        assert (len(empty), empty.entries, empty.scan("tea", partial=True), empty.fuzzy("tea"), empty.exact("tea")) == (0, [], [], [], [])


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "other", "arrays": {}}', "\x00"])
def test_a_damaged_head_is_a_shop_error(tmp_path: Path, text: str) -> None:
    ValueIndex.build([entry("a.b", "tea")], tmp_path / "values")
    (tmp_path / "values" / "index.json").write_text(text)
    with pytest.raises(ShopError, match="refresh"):
        ValueIndex.load(tmp_path / "values")


def test_a_cut_or_missing_file_is_a_shop_error(index: ValueIndex, tmp_path: Path) -> None:
    for file in ("names.text", "heads.keys", "names.grams.owners"):
        path = tmp_path / file
        ValueIndex.build(index.entries, path, spell)
        (path / file).write_bytes((path / file).read_bytes()[:-1])
        with pytest.raises(ShopError):
            ValueIndex.load(path)
        (path / file).unlink()
        with pytest.raises(ShopError):
            ValueIndex.load(path)
    with pytest.raises(ShopError):
        ValueIndex.load(tmp_path / "none")


def test_a_hundred_thousand_values_are_quick() -> None:
    pick = random.Random(1)
    words = ["".join(pick.choices("abcdefghilmnoprstuvy", k=pick.randint(3, 8))) for _ in range(5000)]
    names = {" ".join(pick.choices(words, k=pick.randint(1, 4))) for _ in range(100_000)}
    names |= {"".join(chr(0x4E00 + pick.randrange(3000)) for _ in range(pick.randint(3, 8))) for _ in range(20_000)}
    some = sorted(names)[::30_000]
    started = time.perf_counter()
    index = ValueIndex(entry("a.b", n) for n in names)
    index.fuzzy("warm up"), index.scan("warm up")
    assert time.perf_counter() - started < 20
    started = time.perf_counter()
    for name in some:
        assert name in {h.value for h in index.scan(f"sales of {name} in may")}
        assert name in {m.entry.value for m in index.fuzzy(f"{name[:4]}{name[5:]}", cutoff=0.6)} or len(name) < 8
    assert time.perf_counter() - started < 0.2 * len(some)
