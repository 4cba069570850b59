"""A narrative: a little XHTML, and nothing that could act."""

import pytest

from exchange.fhir_narrative import check_narrative
from tests.support.refusals import refused

XMLNS = 'xmlns="http://www.w3.org/1999/xhtml"'


def check(div: object) -> None:
    check_narrative({"text": {"status": "generated", "div": div}}, "text.div")


@pytest.mark.parametrize(
    "div",
    [
        f"<div {XMLNS}>plain, 中文 &amp; &lt; &#233;</div>",
        f'<div {XMLNS}>by <a href="https://example.org/a:b">somebody</a><br/></div>',
        f"<div {XMLNS}><table><tr><td colspan='2'>1</td></tr></table>\n</div>",
        f'<div {XMLNS}><p style="color: red">red</p><img src="#picture"/></div>',
        '<div><a href="#part">here</a></div>',
    ],
)
def test_plain_xhtml_may_stand_in_a_narrative(div: str) -> None:
    check(div)


@pytest.mark.parametrize(
    "div",
    [
        "<div><script>alert(1)</script></div>",
        "<div><SCRIPT>alert(1)</SCRIPT></div>",
        '<div onclick="alert(1)">x</div>',
        "<div onclick=alert(1)>x</div>",
        '<div><a href="javascript:alert(1)">x</a></div>',
        '<div><a href=" java\nscript:alert(1)">x</a></div>',
        '<div><a href="&#106;avascript:alert(1)">x</a></div>',
        '<div><a href="data:text/html,x">x</a></div>',
        '<div><img src="https://example.org/pixel.png"/></div>',
        '<div><img src="x" onerror="alert(1)"/></div>',
        "<div><p style=\"background: url('x')\">x</p></div>",
        '<div><p style="width: expression(1)">x</p></div>',
        "<div><p style=\"background: image-set('https://example.org/a.png' 1x)\">x</p></div>",
        '<div><a href="javascript&colon;alert(1)">x</a></div>',
        '<div><iframe src="#x"></iframe></div>',
        "<div><svg></svg></div>",
        "<div><!-- x --></div>",
        "<div><![CDATA[x]]></div>",
        '<!DOCTYPE div [<!ENTITY x "y">]><div>&x;</div>',
        "<div>&x;</div>",
        '<?xml version="1.0"?><div/>',
        "<div>x",
        "<div><p>x</div></p>",
        "<div/><div/>",
        "<p>x</p>",
        "x",
        "",
        '<div xmlns="http://www.w3.org/2000/svg">x</div>',
        '<div id="a" id="b">x</div>',
        "<div>" * 65 + "</div>" * 65,
        7,
    ],
)
def test_what_could_act_or_is_no_xhtml_is_refused(div: object) -> None:
    with refused("record.active_narrative", "text.div"):
        check(div)


def test_a_resource_without_a_narrative_has_nothing_to_check() -> None:
    check_narrative({}, "text.div")
    check_narrative({"text": {"status": "empty"}}, "text.div")


def test_a_hostile_narrative_is_read_in_linear_time() -> None:
    with refused("record.active_narrative"):
        check("<div" + ' a="' * 100_000)
