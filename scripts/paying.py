"""Paying from home: the payment company, the bank's receiver, the patients' page, and the orders.

Rule: what was paid is told by the ledger alone; nothing here counts what it did itself.
"""

import json
import tempfile
import tomllib
from functools import partial
from pathlib import Path
from typing import Any, Final

from scripts.demo_run import BANK, ISSUER, PROGRAMS, Demo, yuan
from scripts.his_day import Charge
from scripts.nodes import is_listening, portal_height
from scripts.patient import Patient
from scripts.till import Till

CHAOS: Final = {
    "seed": 7,
    "lost_percent": 15,
    "late_percent": 20,
    "double_percent": 60,
    "swap_percent": 40,
}
"""How the company's notices come: the same seed and orders, the same trouble."""
SECOND_MS: Final = 10
"""A second of the company's schedule: what is ten minutes late comes after six seconds."""
SWEEP_MS: Final = 1_000
PAID_WAIT_S: Final = 240.0
"""A notice that is lost is made good by a question after 20 s, then after a minute."""
PAID: Final = ("paid", "part_refunded", "refunded")


def start_company(demo: Demo) -> None:
    """Start a simulated payment company with unpleasant notices."""
    demo.teller.begin("a payment company and the bank's receiver start")
    folder, port = demo.folder / "company", demo.nodes[BANK].company_port
    listen = f"127.0.0.1:{port}"
    demo.program("piaolian-portal", "simulator", "init", "--folder", folder, "--listen", listen)
    settings = folder / "provider.toml"
    text = settings.read_text("utf-8").partition("[chaos]")[0]
    text = text.replace("[times]\n", f"[times]\nsecond_ms = {SECOND_MS}\n")
    text += "[chaos]\n" + "".join(f"{name} = {value}\n" for name, value in CHAOS.items())
    settings.write_text(text, "utf-8")
    _start(demo, "the payment company", ("simulator", "--config", settings), "company", port)
    demo.summary["company_url"] = f"http://{listen}/"


def start_receiver(demo: Demo) -> None:
    """Start what receives the company's notices, beside the bank's node."""
    node, folder = demo.nodes[BANK], demo.folder / BANK
    listen = f"127.0.0.1:{node.payments_port}"
    names = {
        "agency": folder,
        "node": node.url,
        "company": demo.summary["company_url"].rstrip("/"),
        "merchant": demo.folder / "company" / "merchant",
        "payee": ISSUER,
        "listen": listen,
    }
    options = [f"--{name}={value}" for name, value in names.items()]
    demo.program("piaolian-portal", "payments", "init", *options)
    settings = folder / "payments.toml"
    text = settings.read_text("utf-8")
    wanted = f"[receiver]\nsweep_ms = {SWEEP_MS}\n"
    settings.write_text(text.replace("[receiver]\n", wanted), "utf-8")
    command = ("payments", "--config", settings)
    _start(demo, "the bank's receiver", command, "receiver", node.payments_port)
    demo.summary["receiver_url"] = f"http://{listen}/"
    shares = f"{CHAOS['lost_percent']} % lost, {CHAOS['late_percent']} % late"
    more = f"{CHAOS['double_percent']} % twice, {CHAOS['swap_percent']} % overtaken"
    demo.teller.done(f"a payment company and the bank's receiver run; notices: {shares}, {more}")


def start_portal(demo: Demo) -> None:
    """Start the hospital's page and wait until it knows every bill."""
    demo.teller.begin("the patient page starts")
    node, folder = demo.nodes[ISSUER], demo.folder / ISSUER
    address = f"127.0.0.1:{node.portal_port}"
    demo.program("piaolian-portal", "init", "--agency", folder, "--node", node.url,
                 "--listen", address)  # fmt: skip
    settings = folder / "portal.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(_payment_settings(demo))
    command = ("run", "--config", settings)
    _start(demo, "the hospital's portal", command, "portal", node.portal_port)
    height = (node.status() or {}).get("height", 0)
    demo.until(
        "the patient page to know every bill",
        lambda: (portal_height("127.0.0.1", node.portal_port) or 0) >= height,
    )
    demo.summary["portal_url"] = f"http://{address}/"
    demo.teller.done("the patient page is up")


def open_orders(demo: Demo) -> list[Charge]:
    """Let the hospital ask a few people for money; return what was asked, the shown one's last."""
    charges = demo.day.charges(demo.issued, demo.login.get("resident_id", ""))
    if not charges:
        demo.teller.line("  – nobody of this day has something to pay: no orders")
        return []
    demo.teller.begin("the hospital opens orders to pay from home")
    # What the hospital's system writes names people: it is not left behind.
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("".join(f"{charge.line}\n" for charge in charges))
        file.flush()
        answers = demo.answers(ISSUER, "order", "open", file.name)
    opened = {answer["order"] for answer in answers if answer["status"] != "refused"}
    charges = [charge for charge in charges if charge.order in opened]
    height = (demo.nodes[ISSUER].status() or {}).get("height", 0)
    port = demo.nodes[ISSUER].portal_port
    demo.until(
        "the patient page to know the orders",
        lambda: (portal_height("127.0.0.1", port) or 0) >= height,
    )
    due = sum(order["due_fen"] for order in _orders(demo))
    told = f"the hospital opened {len(charges)} orders to pay from home, {yuan(due)} yuan in all"
    demo.teller.done(told)
    return charges


def pay_orders(demo: Demo, charges: list[Charge]) -> None:
    """Let people pay on the page, all but the shown one; one order is paid at the till, too."""
    shown = demo.login.get("resident_id", "")
    payers = [charge for charge in charges if charge.person != shown]
    open_ = [charge.order for charge in charges if charge.person == shown]
    if open_:
        demo.login["order"] = open_[0]
    if not payers:
        if charges:
            demo.teller.line("  – nobody else has an order: none is paid, yours is open")
        return
    people = {charge.person: charge.check_code for charge in payers}
    demo.teller.begin(f"{len(people)} patients log in and pay")
    for person, check_code in people.items():
        patient = Patient(demo.summary["portal_url"], demo.code_file)
        patient.log_in(person, check_code)
        for charge in payers:
            if charge.person == person:
                patient.pay(charge.order)
                demo.payments_made += 1
                demo.teller.progress(f"{demo.payments_made} paid")
    _pay_at_till(demo, payers[0])
    demo.payments_made += 1
    told = f"{len(people)} patients logged in and paid {len(payers)} orders on the page"
    demo.teller.done(f"{told}, one of them at the till once more")


def wait_for_bills(demo: Demo) -> None:
    """Wait until every paid order has its bill and everything that is owed went back."""
    demo.teller.begin("money and ledger agree")
    demo.until("paid orders to have bills", partial(_is_settled, demo), wait_s=PAID_WAIT_S)
    orders = demo.jsonl(ISSUER, "order", "list", "--limit", "100000")
    payments = demo.jsonl(BANK, "payment", "list", "--limit", "100000")
    bills = demo.jsonl(ISSUER, "bill", "list", "--all")
    counts = {
        "orders_paid": sum(order["money"] in PAID for order in orders),
        "payments": len(payments),
        "refunds": sum(payment["refunded_fen"] > 0 for payment in payments),
        "bills_from_orders": sum(
            bool(bill.get("order")) and bill["validity"] != "red" for bill in bills
        ),
    }
    demo.summary |= counts
    back = sum(payment["refunded_fen"] for payment in payments)
    demo.teller.done(
        f"money and ledger agree: {counts['orders_paid']} orders paid by {counts['payments']} "
        f"payments, {counts['bills_from_orders']} bills from them, {counts['refunds']} refunds "
        f"of {yuan(back)} yuan"
    )


def first_bill(demo: Demo) -> dict[str, Any] | None:
    """Return the first order that has its bill, once there is one; None when none was paid."""
    if not demo.payments_made:
        return None
    return demo.until("an order's bill", partial(_first_billed, demo), wait_s=PAID_WAIT_S)


def _first_billed(demo: Demo) -> dict[str, Any] | None:
    return next((order for order in _orders(demo) if order["state"] == "billed"), None)


def _pay_at_till(demo: Demo, charge: Charge) -> None:
    """Pay an order with a QR code of the till, which nobody closed in time."""
    order = next(order for order in _orders(demo) if order["order"] == charge.order)
    till = Till(demo.folder / BANK / "payments.toml")
    code_url = till.code_url(ISSUER, charge.order, order["due_fen"])
    Patient(demo.summary["portal_url"], demo.code_file).confirm(code_url)


def _is_settled(demo: Demo) -> bool:
    orders, payments = _orders(demo), demo.nodes[BANK].items("/v1/payments?limit=100")
    paid = [order for order in orders if order["money"] != "unpaid"]
    is_billed = all(order["state"] in ("billed", "reversed") for order in paid)
    # A payment under way is waited for; how many there were in the end the ledger tells.
    is_known = len(payments) >= demo.payments_made
    is_back = not any(order["owed_fen"] for order in paid) and all(
        payment["refunded_fen"] == payment["amount_fen"]
        for payment in payments
        if payment["state"] == "unapplied"
    )
    return is_known and is_billed and is_back


def _orders(demo: Demo) -> list[dict[str, Any]]:
    return demo.nodes[ISSUER].items("/v1/orders?limit=100")


def _start(demo: Demo, name: str, command: tuple[str | Path, ...], log: str, port: int) -> None:
    """Start one of the portal's programs and wait until it listens."""
    line = [PROGRAMS / "piaolian-portal", *command]
    demo.children.start(name, line, demo.logs / f"{log}.log")
    demo.until(f"{name} to listen", partial(is_listening, port))


def _payment_settings(demo: Demo) -> str:
    """Return the section of portal.toml by which patients pay: the merchant of the receiver."""
    told = tomllib.loads((demo.folder / BANK / "payments.toml").read_text("utf-8"))
    receiver = demo.summary["receiver_url"]
    values = {
        "adapter": "wechat",
        **told["merchant"],
        "notify_url": f"{receiver}notify",
        "expected_url": f"{receiver}expected",
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in values.items()]
    return "\n[payments]\n" + "".join(lines)
