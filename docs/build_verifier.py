"""Write verifier.html: the browser's verifier as one file that works from disk.

docs/verifier.html is for whoever has the repository, portal/verifier.html is what the patient page
hands out; they are equal, and docs/verifier.html.sha256 is their published fingerprint.

Rule: the page holds everything it needs and its policy forbids it to load or send anything; the
same sources in the same order always make the same bytes.

    python docs/build_verifier.py
"""

import base64
import hashlib
from pathlib import Path

DOCS = Path(__file__).parent
SOURCES = DOCS.parent / "portal" / "static" / "verify"
CHECK_SCRIPTS = ("sha2.js", "ed25519.js", "msgpack.js", "receipt.js")
"""The check itself, in the order in which a page must load it."""
TARGET = DOCS / "verifier.html"
HANDED_OUT = DOCS.parent / "portal" / "verifier.html"
FINGERPRINT = DOCS / "verifier.html.sha256"

STEPS = (
    ("genesis", "创世文件", "Genesis", "凭证属于这条账本", "The receipt is of this very ledger"),
    (
        "validators",
        "机构名单",
        "Validators",
        "知道哪些机构有权签名",
        "It is known who may sign",
    ),
    (
        "certificate",
        "共同签名",
        "Certificate",
        "足够多的机构签了同一个区块",
        "Enough of them signed one block",
    ),
    ("header", "区块头", "Header", "签的正是这个区块", "What they signed is this very block"),
    (
        "trie",
        "账本路径",
        "Ledger path",
        "这条路径通向该区块的账本状态",
        "The path leads to that block's state of the ledger",
    ),
    (
        "leaf",
        "账本记录",
        "Record",
        "路径的尽头正是凭证所指的票据或文档",
        "Its end is the very bill or document that the receipt names",
    ),
    (
        "document",
        "密封内容",
        "Details",
        "出示的每一行都与开票或发布时一致",
        "Every line shown is as it was when it was issued or published",
    ),
)


def build() -> str:
    """Return the page."""
    style = _source("verifier.css")
    script = "\n".join(_source(name) for name in (*CHECK_SCRIPTS, "page.js"))
    assert "</" not in style + script
    policy = (
        f"default-src 'none'; script-src {_fingerprint(script)}; style-src {_fingerprint(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "steps": _steps(), "script": script}
    page = _source("template.html")
    for name, text in parts.items():
        page = page.replace(f"{{{{{name}}}}}", text)
    return page


def fingerprint_line(page: str) -> str:
    """Return the page's SHA-256 as `sha256sum --check` reads it."""
    return f"{hashlib.sha256(page.encode()).hexdigest()}  {TARGET.name}\n"


def _source(name: str) -> str:
    return (SOURCES / name).read_text("utf-8")


def _fingerprint(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _steps() -> str:
    return "".join(
        f'\n<li data-step="{name}"><b>{_both(title_zh, title_en)}</b><span class="state">'
        f'<span class="is-passed">{_both("通过", "passed")}</span>'
        f'<span class="is-failed">{_both("不符", "failed")}</span>'
        f'<span class="is-skipped">{_both("未进行", "not reached")}</span></span>'
        f'<span class="what">{_both(what_zh, what_en)} <code></code></span></li>'
        for name, title_zh, title_en, what_zh, what_en in STEPS
    )


def _both(chinese: str, english: str) -> str:
    return f'<span lang="zh">{chinese}</span><span lang="en">{english}</span>'


if __name__ == "__main__":
    made = build()
    TARGET.write_text(made, "utf-8")
    HANDED_OUT.write_text(made, "utf-8")
    FINGERPRINT.write_text(fingerprint_line(made), "utf-8")
