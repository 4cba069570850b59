"""Which language a header asks for."""

import pytest

from node.api.language import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.5, en", "en"),
        ("fr, zh;q=0.3", "zh"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("zha", "en"),
        ("zh;q=x", "en"),
        ("zh;q=\u0661", "en"),
        ("fr," * 1000 + "zh", "en"),
    ],
)
def test_the_best_liked_language_that_we_have_is_used(header, language):
    assert preferred_language(header) == language
