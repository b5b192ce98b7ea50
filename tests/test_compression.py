"""Scripts and stylesheets come compressed to whoever takes them so; pages with secrets never do."""

import gzip

import pytest

from tests.support.shop import Shop

SHEET = "/static/css/base.css"
ACCEPTING = {"Accept-Encoding": "gzip, deflate, br"}
PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.in_process
@pytest.mark.parametrize("path", [SHEET, "/static/js/checkout.js"])
def test_what_is_compressed_says_the_same(shop: Shop, path: str) -> None:
    visitor = shop.visitor()
    plain = visitor.get(path, headers=PLAIN)
    # The second comes from what was kept of the first.
    for _ in range(2):
        small = visitor.get(path, headers=ACCEPTING)
        assert (small.status, small.headers["Content-Encoding"]) == (200, "gzip")
        assert gzip.decompress(small.body) == plain.body
        assert len(small.body) == int(small.headers["Content-Length"]) < len(plain.body)
        assert "Accept-Encoding" in small.headers["Vary"]
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


@pytest.mark.in_process
def test_who_has_it_already_gets_nothing_again(shop: Shop) -> None:
    visitor = shop.visitor()
    version = visitor.get(SHEET, headers=ACCEPTING).headers["ETag"]
    again = visitor.get(SHEET, headers={**ACCEPTING, "If-None-Match": version})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.in_process
def test_a_part_of_a_file_is_a_part_of_it_as_it_is(shop: Shop) -> None:
    visitor = shop.visitor()
    whole = visitor.get(SHEET, headers=PLAIN).body
    part = visitor.get(SHEET, headers={**ACCEPTING, "Range": "bytes=0-99"})
    assert (part.status, part.body) == (206, whole[:100])


@pytest.mark.in_process
@pytest.mark.parametrize(
    "path",
    ["/checkout?cog=morning-press&item=mug-stoneware", "/orders?q=words", "/sign-in", "/static/no"],
)
def test_pages_with_secrets_are_never_compressed(shop: Shop, path: str) -> None:
    assert "Content-Encoding" not in shop.visitor().get(path, headers=ACCEPTING).headers


@pytest.mark.in_process
def test_a_file_is_kept_once_however_its_address_is_written(shop: Shop) -> None:
    ways = ("js/page.js", "./js/page.js", "js/../js/page.js", "js/././page.js", "css/../js/page.js")
    for way in ways:
        answer = shop.visitor().get(f"/static/{way}", headers=ACCEPTING)
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert list(shop.front.app.extensions["compression"]) == ["js/page.js"]  # type: ignore[attr-defined]
