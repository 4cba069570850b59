"""Writes docs/errors.md from the catalogue, so that the two never differ.

python -m tests.support.error_reference > docs/errors.md
"""

import sys
from collections.abc import Iterator
from itertools import groupby

from primitives.catalogue.entry import Entry
from primitives.catalogue.explain import ENTRIES
from tests.support.error_fields import fields_of_codes
from tests.support.floors import FLOORS, ROOT

HEAD = """\
# Every refusal

This page is written from `primitives/catalogue/` by `make docs`; tests keep it complete: every code
that any program raises stands here, and no other.

A failure carries a stable `code`, the `field` it is about and a sentence of its own. The API's
problem documents add the rule (`title`) and the `fix` in the language that `Accept-Language` asks
for; the command line shows the fix in the language of the terminal. No text here or there carries a
name, an id, a phone, a diagnosis or an amount.

**Field** is where in the input it is, as far as the code alone says it: `…` stands for what depends
on the request, such as the place of a line in a list.
"""

TABLE = """\
| Code | Field | Who acts | Rule | Fix |
|---|---|---|---|---|"""


def reference() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    fields = fields_of_codes(ROOT, FLOORS)
    for prefix, entries in groupby(sorted(ENTRIES), key=_prefix):
        yield f"## {prefix}\n\n{TABLE}"
        for entry in entries:
            pairs = (
                (entry.who("en"), entry.who("zh")),
                (entry.rule_en, entry.rule_zh),
                (entry.fix_en, entry.fix_zh),
            )
            cells = " | ".join(f"{english}<br>{chinese}" for english, chinese in pairs)
            named = " ".join(f"`{field}`" for field in fields.get(entry.code, ()))
            yield f"| `{entry.code}` | {named} | {cells} |"
        yield ""


def _prefix(entry: Entry) -> str:
    return entry.code.partition(".")[0]


if __name__ == "__main__":
    sys.stdout.write(reference())
