"""Keys of people and of programs, told again from the law."""

from typing import Any

from tests.model.province import Act, Member, Province, local, need, refuse


def issue_key(
    p: Province, act: Act, key: str, purpose: str, limits: dict[str, Any], until: int
) -> None:
    member = p.members[act.sender]
    need(until > act.now, "over before it begins")
    need(key not in member.people and key not in member.keys, "in use")
    member.people[key] = {
        "purpose": purpose,
        "limits": limits,
        "until": until,
        "revoked": False,
        "used": (0, 0, 0, 0, 0),
    }


def limit_key(p: Province, act: Act, key: str, limits: dict[str, Any], until: int) -> None:
    person = _person(p, act, key)
    need(until > act.now, "over before it begins")
    person["limits"], person["until"] = limits, until


def revoke_key(p: Province, act: Act, key: str) -> None:
    _person(p, act, key)["revoked"] = True


def _person(p: Province, act: Act, key: str) -> dict[str, Any]:
    person = p.members[act.sender].people.get(key)
    if person is None or person["revoked"]:
        refuse("no such key")
    return person


def at_work(person: dict[str, Any], now: int) -> bool:
    """Tell whether a moment lies in a person's hours, which bind every act."""
    _, minute = local(now)
    begin, end = person["limits"]["hours"]
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def use(p: Province, act: Act, kind: str, place: str, amount: int) -> None:
    """Count a bill against the limits of a person's key."""
    person = p.members[act.sender].people.get(act.key)
    if person is None:
        return
    limits = person["limits"]
    need(not limits["kinds"] or kind in limits["kinds"], "not this kind")
    need(not limits["places"] or place in limits["places"], "not at this place")
    day, _ = local(act.now)
    since = act.now // 60_000
    was_day, bills, total, was_minute, in_minute = person["used"]
    bills, total = (bills + 1, total + amount) if was_day == day else (1, amount)
    in_minute = in_minute + 1 if was_minute == since else 1
    need(in_minute <= min(limits["minute"], p.settings.person_bills_per_minute), "too fast")
    need(bills <= min(limits["day"], p.settings.person_bills_per_day), "too many in a day")
    need(total <= limits["amount"], "too much in a day")
    person["used"] = (day, bills, total, since, in_minute)


def rotate_key(p: Province, act: Act, purpose: str, old: str, new: str, overlap: int) -> None:
    member = p.members[act.sender]
    need(purpose != "node" and member.keys.get(old) == purpose, "no such key")
    end = member.ends.get(old)
    need(end is None or act.now < end, "no such key in force")
    need(overlap <= p.settings.key_overlap_max_ms, "too long an overlap")
    need(new not in member.people and new not in member.keys, "in use")
    for key, over in list(member.ends.items()):
        if over <= act.now:
            del member.keys[key]
            del member.ends[key]
    need(len(member.keys) < 64, "too many keys")
    member.keys[new] = purpose
    member.ends[old] = act.now + overlap
    if purpose == "validator":
        votes = [(a, new if a == act.sender else k) for a, k in p.validators[1]]
        p.validators = (p.validators[0], votes)


def rotate_certificate(p: Province, act: Act, new: str, overlap: int) -> None:
    member = p.members[act.sender]
    need(overlap <= p.settings.key_overlap_max_ms, "too long an overlap")
    known = [der for der, over in member.certificates if over == 0 or act.now < over]
    need(new not in known and len(known) < 2, "not now")
    member.certificates = [(known[0], act.now + overlap), (new, 0)]


def signal_readiness(p: Province, act: Act, right: bool, height: int, by: str) -> None:
    """Say that the node is ready; `right` tells whether `by` signed what it should."""
    member = p.members[act.sender]
    need(right and by == newest(member, "validator", act.now), "no validator key signed")
    need(height < act.height, "no such block")
    member.ready_ms = act.now


def newest(member: Member, purpose: str, now: int) -> str | None:
    """Return the key of a purpose that was registered last and counts."""
    keys = [
        key
        for key, value in member.keys.items()
        if value == purpose and (key not in member.ends or now < member.ends[key])
    ]
    return keys[-1] if keys else None
