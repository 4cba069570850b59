"""Ranges and numbers, told again from the law."""

from typing import Any

from tests.model.province import Act, Province, need, refuse


def request_numbers(p: Province, act: Act, request: str, place: str, kind: str, count: int) -> None:
    need((act.sender, request) not in p.requests, "a request is made once")
    p.requests[act.sender, request] = {
        "state": "requested",
        "count": count,
        "place": place,
        "kind": kind,
    }


def decline_request(p: Province, act: Act, unit: str, request: str) -> None:
    _answer(p, unit, request, "declined")


def _answer(
    p: Province, unit: str, request: str, state: str, of: tuple[str, str] | None = None
) -> None:
    asked = p.requests.get((unit, request))
    need(asked is not None and asked["state"] == "requested", "no such open request")
    assert asked is not None
    need(of is None or of == (asked["place"], asked["kind"]), "it asks for other numbers")
    asked["state"] = state


def allot_numbers(
    p: Province,
    act: Act,
    unit: str,
    place: str,
    kind: str,
    code: str,
    first: int,
    last: int,
    offline: bool,
    request: str | None,
) -> None:
    member = p.members.get(unit)
    need(member and "hospital" in member.roles and member.standing == "active", "no such unit")
    need(1 <= first <= last <= 9_999_999_999, "no such numbers")
    need(code[:2] == "46", "the code is of another province")
    need(code[4:6] == kind, "the code is of another kind")
    need(first > p.highest.get(code, 0), "numbers overlap")
    need(offline or len(_open(p, unit, place, kind)) < 64, "too many open ranges")
    if request is not None:
        _answer(p, unit, request, "allotted", (place, kind))
    p.highest[code] = last
    p.ranges[code, first] = {
        "unit": unit,
        "place": place,
        "kind": kind,
        "last": last,
        "next": first,
        "state": "allotted",
        "offline": offline,
        "counts": dict.fromkeys(
            ("blue", "red", "void", "blue_fen", "red_fen", "locked", "withheld", "owing"), 0
        ),
    }


def _open(p: Province, unit: str, place: str, kind: str) -> list[tuple[str, int]]:
    return sorted(
        name
        for name, r in p.ranges.items()
        if (r["unit"], r["place"], r["kind"]) == (unit, place, kind)
        and not r["offline"]
        and r["state"] in ("allotted", "active")
    )


def _range(p: Province, code: str, first: int, *states: str) -> dict[str, Any]:
    found = p.ranges.get((code, first))
    if found is None:
        refuse("no such range")
    need(found["state"] in states, f"not while it is {found['state']}")
    return found


def freeze_range(p: Province, act: Act, code: str, first: int) -> None:
    _range(p, code, first, "allotted", "active")["state"] = "frozen"


def release_range(p: Province, act: Act, code: str, first: int) -> None:
    found = _range(p, code, first, "frozen")
    still_open = len(_open(p, found["unit"], found["place"], found["kind"]))
    need(found["offline"] or still_open < 64, "too many open ranges")
    used = any(found["counts"].values())
    found["state"] = "active" if used else "allotted"


def return_range(p: Province, act: Act, code: str, first: int) -> None:
    _range(p, code, first, "allotted", "active", "frozen")["state"] = "returned"


def write_off_range(p: Province, act: Act, code: str, first: int) -> None:
    found = _range(p, code, first, "exhausted", "returned")
    counts = found["counts"]
    need(not (counts["locked"] or counts["withheld"] or counts["owing"]), "something is open")
    found["state"] = "written_off"


def take_number(
    p: Province, act: Act, place: str, kind: str, total: int, *, red: bool = False
) -> tuple[str, int, int]:
    """Give the sender its next number; return code, number and first of the range."""
    for code, first in _open(p, act.sender, place, kind):
        if code[6:] == act.year:
            number = p.ranges[code, first]["next"]
            _use(p, code, first, number, total, red=red)
            return code, number, first
    return refuse("no number is left")


def take_explicit(
    p: Province, act: Act, wanted: tuple[str, int, int], place: str, kind: str, total: int
) -> tuple[str, int, int]:
    code, first, number = wanted
    found = _named(p, act, code, first, number)
    need((found["place"], found["kind"]) == (place, kind), "of another place or kind")
    need(code[6:] == act.year, "of another year")
    _use(p, code, first, number, total)
    return code, number, first


def void_number(p: Province, act: Act, code: str, first: int, number: int) -> None:
    _named(p, act, code, first, number)
    _use(p, code, first, number, None)
    p.burnt.add((code, number))


def _named(p: Province, act: Act, code: str, first: int, number: int) -> dict[str, Any]:
    found = _range(p, code, first, "allotted", "active")
    need(found["unit"] == act.sender and found["offline"], "not yours to number")
    need(first <= number <= found["last"], "outside the range")
    need((code, number) not in p.bills and (code, number) not in p.burnt, "used")
    return found


def _use(
    p: Province, code: str, first: int, number: int, total: int | None, *, red: bool = False
) -> None:
    found = p.ranges[code, first]
    counts = found["counts"]
    if total is None:
        counts["void"] += 1
    elif red:
        counts["red"] += 1
        counts["red_fen"] += total
    else:
        counts["blue"] += 1
        counts["blue_fen"] += total
    found["next"] = max(found["next"], number + 1)
    used = counts["blue"] + counts["red"] + counts["void"]
    is_full = used == found["last"] - first + 1
    found["state"] = "exhausted" if is_full else "active"


def freeze_unit(p: Province, act: Act, unit: str) -> None:
    member = p.members.get(unit)
    if member is None or "hospital" not in member.roles or member.is_frozen:
        refuse("no such unit to freeze")
    member.is_frozen = True


def release_unit(p: Province, act: Act, unit: str) -> None:
    member = p.members.get(unit)
    if member is None or "hospital" not in member.roles or not member.is_frozen:
        refuse("no such frozen unit")
    member.is_frozen = False
