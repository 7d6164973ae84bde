"""The wall on its display: 55 inches, read from 3-4 m (robustness-and-screens 3.2, 3.4; decision 0215)."""

import pytest

from tests.dashboard.guide import ROOM, Guide
from tests.dashboard.test_guide import measured

pytestmark = pytest.mark.browser

AT_3_M = 34
"""Pixels of a 55-inch display of 1920 x 1080: 16 arcmin from 3 m."""
AT_2_5_M = 28

SIZES = """() => {
    // The smallest type of each thing that matters, over all tiles and calls, in px.
    const sizes = {};
    const ofTiles = ['.name', '.state', '.now', '.brief', '.feed', '.notes', '.kept'].map(one => `.tile ${one}`);
    for (const kind of [...ofTiles, '.calls a', '.calls p']) {
        const shown = [...document.querySelectorAll(kind)].filter(one => one.getClientRects().length > 0 && !one.matches('.unseen'));
        if (shown.length > 0) sizes[kind] = Math.min(...shown.map(one => parseFloat(getComputedStyle(one).fontSize)));
    }
    return sizes;
}"""

SHORTENED = """() => [...document.querySelectorAll('.tile :is(.state, .brief, .foot), .calls li a')].filter(box => {
    // Words that end in dots, wrap out of their line, or are wider than what holds them.
    const words = document.createRange();
    words.selectNodeContents(box);
    const held = box.getBoundingClientRect(), said = words.getBoundingClientRect();
    const type = parseFloat(getComputedStyle(box).fontSize);
    const lines = Math.max(box.scrollHeight, said.height) > 1.7 * type && box.matches('.tile *');
    return lines || said.right > held.right + 1 || said.left < held.left - 1;
}).map(box => `${box.className}: ${box.textContent}`)"""


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    ("state", "machines", "least", "more"),
    [
        ("wall/answers", 6, AT_3_M, ".notes"),
        ("wall/kept", 9, AT_3_M, ".brief"),
        ("wall/needs", 15, AT_3_M, ".brief"),
        ("wall/findings", 15, AT_3_M, ".brief"),
        ("wall/kept-many", 15, AT_3_M, ".brief"),
        ("wall/many", 24, AT_2_5_M, ".brief"),
    ],
)
def test_what_matters_can_be_read_from_afar_and_is_whole(guide: Guide, state: str, machines: int, least: int, more: str, lang: str) -> None:
    """3.2: 34 px at 3 m; 3.4: the name 46, the count 72 where its row has room. Only an alias ends in dots, in neither language a need."""
    page = guide.show(state, size=ROOM, lang=lang)
    assert page.locator(".tile").count() == machines
    sizes = page.evaluate(SIZES)
    assert {kind: size for kind, size in sizes.items() if size < (AT_3_M if kind.startswith(".calls") else least)} == {}
    assert sizes.keys() >= {f".tile {kind}" for kind in (".name", ".state", ".now", ".feed", more)}
    assert sizes[".tile .now"] >= 1.3 * least, "the count is the largest"
    assert machines == 6 or page.evaluate(SHORTENED) == []
    assert measured(page) == []
