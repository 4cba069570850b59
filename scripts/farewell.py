"""The end of the demo: its figures, its summary, and what to try next."""

import json
import time
from datetime import datetime, timedelta, timezone
from shlex import quote
from typing import Any, Final

from scripts.demo_run import ISSUER, PROGRAMS, SOCKET, SUPERVISOR, Demo, yuan

_SHANGHAI: Final = timezone(timedelta(hours=8))
COUNTS: Final = {
    "orders_paid": "orders paid",
    "payments": "payments",
    "refunds": "refunds",
    "bills_from_orders": "bills from orders",
    "claims_settled": "claims settled",
    "claims_refused": "claims refused",
    "reversed": "bills taken back",
    "records_published": "records published",
    "record_resources": "FHIR resources in them",
    "records_amended": "amended",
}
"""Fields of the summary, and their names for people."""


def finish(demo: Demo) -> None:
    """Keep the metrics, write the summary and tell where to look."""
    for agency, node in demo.nodes.items():
        (demo.logs / f"{agency}.metrics").write_bytes(node.get("/metrics") or b"")
    seconds = round(time.monotonic() - demo.started_s, 3)
    demo.summary |= {"seconds": seconds, "pids": demo.children.pids()}
    demo.summary["login"] = demo.login
    demo.summary["api"] = {
        agency: {
            "url": node.url,
            "token_file": str(node.token_file),
            "ca_file": str(node.ca_file),
        }
        for agency, node in demo.nodes.items()
    }
    text = json.dumps(demo.summary, ensure_ascii=False, indent=1)
    file = demo.folder / "summary.json"
    file.touch(mode=0o600)
    file.write_text(text + "\n", "utf-8")
    _tell_counts(demo)
    _tell_page(demo)
    _tell_commands(demo)
    demo.teller.line(f"  All of this    {file}   ({seconds:.1f} s)")


def _tell_counts(demo: Demo) -> None:
    words = [f"{word} {demo.summary[name]}" for name, word in COUNTS.items()]
    demo.teller.line(f"\n  The ledger     {', '.join(words[:4])},")
    demo.teller.line(f"                 {', '.join(words[4:7])},")
    demo.teller.line(f"                 {', '.join(words[7:])}\n")


def _tell_page(demo: Demo) -> None:
    """Tell how to log in, pay the open order, and check a bill as anybody may."""
    login, tell, page = demo.login, demo.teller.line, demo.summary["portal_url"]
    tell(f"  Patient page   {page}")
    if login:
        tell(f"    resident id  {login['resident_id']}")
        tell(f"    check code   {login['check_code']}   (of one of this patient's bills)")
        tell(f"    phone        {login['phone']}")
        tell(f"    one-time code, once asked for:  tail -1 {quote(login['code_file'])}")
    if login.get("patient_number") in demo.recorded:
        tell(f"    your records {page}records   (visits, results, medicines; a correction, too)")
    if "order" in login:
        tell(f"    an order that is yours to pay:  {page}orders/{login['order']}")
    tell(f"  Public check   {page}check   (nobody logs in)")
    if login:
        tell(f"    one bill     {'  '.join(_elements(demo))}")


def _elements(demo: Demo) -> tuple[str, str, str, str, str]:
    """Return the five elements of the shown patient's bill."""
    face: dict[str, Any] = json.loads(
        demo.nodes[ISSUER].get("/v1/bills/" + "/".join(demo.shown)) or b"{}"
    )
    date = datetime.fromtimestamp(face["time_ms"] / 1000, _SHANGHAI).strftime("%Y%m%d")
    amount = yuan(face["amounts"]["total_fen"]).replace(",", "")
    return face["code"], face["number"], face["check_code"], date, amount


def _tell_commands(demo: Demo) -> None:
    """Tell a few commands for any node."""
    program, tell = quote(str(PROGRAMS / "piaolian")), demo.teller.line
    socket = quote(f"unix:{demo.folder / SUPERVISOR / SOCKET}")
    tell(f"  Any node       export PIAOLIAN_NODE={socket}")
    tell(f"                 {program} status")
    tell("    or instead   block list, order list, ledger report open, ledger recount, gov list")
    if demo.login:
        tell(f"                 bill check {' '.join(_elements(demo))}")
