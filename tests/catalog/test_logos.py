"""A shop's logo: what may be one, how it is set, and that nobody can run anything by it."""

import struct
import zlib
from pathlib import Path

import pytest

from catalog import demo, logos, shops
from catalog.logos import LogoRefused
from catalog.models import Cog, CogLogo
from catalog.routes import blueprint
from extensions import db

from .conftest import Owner

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str = '<rect width="8" height="8"/>', before: str = "", more: str = "") -> bytes:
    return f'{before}<svg {NAMESPACES} viewBox="0 0 8 8" {more}>{inside}</svg>'.encode()


def png(width: int = 64, height: int = 64, end: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * ((width // 8 + 2) * height))
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + end


TAKEN = {
    "plain": svg(),
    "declared": svg(before='<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'),
    "with a byte-order mark": b"\xef\xbb\xbf" + svg(),
    "commented": svg("<!-- by hand --><path d='M0 0h8'/>"),
    "shaded": svg('<defs><linearGradient id="a"/></defs><path fill="url(#a)" d="M0 0h8"/>'),
    "light and dark": svg("<style>@media (prefers-color-scheme: dark) {path{fill:#fff}}</style>"),
    "used twice": svg('<g id="a"/><use href="#a"/><use xlink:href="#a"/>'),
}
REFUSED = {
    "empty svg": b"<svg/>",
    "no viewBox": f"<svg {NAMESPACES}/>".encode(),
    "html": b"<!doctype html><script>alert(1)</script>",
    "another root": b'<g xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
    "words": b"a logo",
    "gif": b"GIF89a" + b"\xff" * 20,
    "script": svg("<script>alert(1)</script>"),
    "script of another namespace": svg('<script xmlns="http://www.w3.org/1999/xhtml">1</script>'),
    "handler": svg(more='onload="alert(1)"'),
    "handler in capitals": svg('<rect ONCLICK="alert(1)"/>'),
    "foreign object": svg("<foreignObject><p/></foreignObject>"),
    "iframe": svg('<iframe xmlns="http://www.w3.org/1999/xhtml" src="/"/>'),
    "picture from elsewhere": svg('<image href="https://example.com/a.png"/>'),
    "link": svg('<a href="https://example.com"><rect/></a>'),
    "link by script": svg('<a xlink:href="javascript:alert(1)"><rect/></a>'),
    "use from elsewhere": svg('<use xlink:href="https://example.com/a.svg#a"/>'),
    "use of data": svg('<use href="data:image/svg+xml;base64,PHN2Zy8+#a"/>'),
    "another base": svg('<use href="#a"/>', more='xml:base="https://example.com/"'),
    "animated link": svg('<set attributeName="href" to="javascript:alert(1)"/>'),
    "fill from elsewhere": svg('<rect fill="url(https://example.com/a.svg#b)"/>'),
    "style from elsewhere": svg("<style>@import 'https://example.com/a.css';</style>"),
    "style that tells": svg("<style>rect{fill:url( 'https://example.com')}</style>"),
    "escaped style": svg("<style>rect{fill:u\\72l(https://example.com)}</style>"),
    "doctype": svg(before="<!DOCTYPE svg>"),
    "entities": svg("&b;", before='<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
    "stylesheet": svg(before='<?xml-stylesheet href="https://example.com/a.css"?>'),
    "another encoding": svg(before='<?xml version="1.0" encoding="utf-7"?>'),
    "utf-16": svg().decode().encode("utf-16"),
    "null byte": svg("\x00"),
    "cut off": svg()[:-3],
    "too large": svg("<!--" + "x" * logos.MAXIMUM_BYTES + "-->"),
    "deep": svg("<g>" * 3000),
    "png too small": png(16, 64),
    "png too large": png(64, 2048),
    "png cut off": png()[:-6],
    "png with a page behind it": png(end=b"<script>alert(1)</script>"),
    "png of nothing": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("data", TAKEN.values(), ids=TAKEN)
def test_a_drawing_is_taken_as_it_is(data: bytes) -> None:
    assert logos.read(data) == logos.Logo("image/svg+xml", data)


def test_a_picture_is_taken_as_it_is() -> None:
    assert logos.read(png()) == logos.Logo("image/png", png())


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_more_than_a_drawing_is_refused(data: bytes) -> None:
    with pytest.raises(LogoRefused):
        logos.read(data)


def test_the_demo_shops_have_logos_of_a_few_bytes() -> None:
    for path in (Path(demo.__file__).parent / "demo_shops").glob("*.svg"):
        assert logos.read(path.read_bytes()).kind == "image/svg+xml"
        assert path.stat().st_size < 2048


class TestCommands:
    def test_a_logo_is_set_changed_and_taken_off(self, owner: Owner) -> None:
        added = owner.run("cogs add corner --name Corner --currency eur --logo", owner.file(svg()))
        assert added.exit_code == 0, added.stderr
        first = self.kept(owner)
        changed = owner.run("cogs edit corner --logo", owner.file(png()))
        assert "with a logo" in changed.stdout
        assert self.kept(owner) != first
        assert db.session.scalar(db.select(CogLogo.kind)) == "image/png"
        owner.run("cogs edit corner --name Other")
        assert self.kept(owner) is not None
        assert "logo" not in owner.run("cogs edit corner --no-logo").stdout
        assert self.kept(owner) is None
        assert db.session.scalar(db.select(CogLogo)) is None

    @pytest.mark.parametrize("kind", ["script", "too large", "gif"])
    def test_a_wrong_file_changes_nothing_and_opens_nothing(self, owner: Owner, kind: str) -> None:
        shops.open_shop("corner", "Corner", "eur", logo=svg())
        before, wrong = self.kept(owner), owner.file(REFUSED[kind])
        opens = "cogs add other --name Other --currency eur"
        for command in ("cogs edit corner --name Changed", opens):
            result = owner.run(command, "--logo", wrong)
            assert result.exit_code == 1
            assert "logo" in result.stderr or "SVG" in result.stderr
        assert self.kept(owner) == before
        assert [cog.name for cog in shops.all_cogs()] == ["Corner"]

    def test_an_empty_file_is_no_wish_to_take_it_off(self, owner: Owner) -> None:
        shops.open_shop("corner", "Corner", "eur", logo=svg())
        result = owner.run("cogs edit corner --logo", owner.file(b""))
        assert (result.exit_code, "empty file" in result.stderr) == (1, True)
        assert self.kept(owner) is not None

    def kept(self, owner: Owner) -> str | None:
        db.session.rollback()
        db.session.expire_all()
        return shops.by_slug("corner").logo


def test_a_logo_is_served_where_nothing_can_run(owner: Owner, cog: Cog) -> None:
    owner.app.register_blueprint(blueprint)
    browser = owner.app.test_client()
    with pytest.raises(shops.NotFound):
        shops.logo("corner")
    shops.edit("corner", logo=svg())
    answer = browser.get(f"/shop/corner/logo?v={shops.by_slug('corner').logo}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/svg+xml", svg())
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox;" in policy
    assert "allow-" not in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
