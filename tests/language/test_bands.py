"""Lists of bands: where each begins, and what is no list of bands."""

from __future__ import annotations

import pytest

from assistant.language import normalise
from assistant.language.bands import find_bands

EDGES = {
    "1-5, 6-20, 21 and more": (1, 6, 21),
    "1 to 10, 11 to 50, 51 and up": (1, 11, 51),
    "under $100, $100 to $500, $500 to $1,000 and over $1,000": (100, 500, 1000),
    "1-20 / 21-100 / 101+": (1, 21, 101),
    "1, 2-5, 6-10 and more than 10": (1, 2, 6, 11),
    "1000 or more, 100 to 999, under 100": (100, 1000),
    "500以下，500到2000，2000到5000，5000以上": (500, 2000, 5000),
    "1-5、6-20、21-60、61趟起": (1, 6, 21, 61),
    "1次、2-5次、6次及以上": (1, 2, 6),
    "1-5次、6-20次": (1, 6, 21),
    "0-100,100-500,500-1000,1000以上": (0, 100, 500, 1000),
}
NONE = (
    "1-5, 10-20 and 21 or more",  # a gap
    "stores 1-5",
    "more than 5",
    "between 5 and 10",
    "3到5次的顾客",
    "1-10, 5-20",
)


@pytest.mark.parametrize("text", EDGES)
def test_where_each_band_begins(text: str) -> None:
    bands = find_bands(normalise(text).text)
    assert bands is not None
    assert bands.edges == EDGES[text]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_list_of_bands(text: str) -> None:
    assert find_bands(normalise(text).text) is None
