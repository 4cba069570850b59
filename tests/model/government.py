"""Proposals, votes and their effect, told again from the law."""

from typing import Any

from tests.model.province import (
    VALIDATORS_MIN,
    Act,
    Member,
    No,
    Province,
    need,
    refuse,
)

Votes = list[tuple[str, str]]
"""Agency and key of each validator."""


def propose(
    p: Province, act: Act, change: dict[str, Any], effective: int, until: int
) -> tuple[str, str]:
    """Make a proposal; return its id and state."""
    need(until > act.now, "over before it begins")
    need(not effective or effective >= act.height + 2, "two blocks ahead at least")
    try_change(p, change, act.now, max(effective, act.height + 2), act_for_real=False)
    id_ = f"{act.height:012d}-{act.place[0]:04d}-{act.place[1]:04d}"
    made = {
        "proposer": act.sender,
        "change": change,
        "effective": effective,
        "until": until,
        "ballots": [],
        "state": "open",
    }
    if any(agency == act.sender for agency, _ in p.validators[0]):
        _count(p, act, id_, made, True)
    p.proposals[id_] = made
    return id_, made["state"]


def vote(p: Province, act: Act, id_: str, approves: bool) -> str:
    """Count a vote; return the proposal's state."""
    found = p.proposals.get(id_)
    if found is None or found["state"] != "open":
        refuse("no such open proposal")
    need(any(agency == act.sender for agency, _ in p.validators[0]), "you have no vote")
    need(all(agency != act.sender for agency, _ in found["ballots"]), "you voted")
    need(act.now <= found["until"], "it lapsed")
    _count(p, act, id_, found, approves)
    state: str = found["state"]
    return state


def _count(p: Province, act: Act, id_: str, found: dict[str, Any], approves: bool) -> None:
    ballots = [*found["ballots"], (act.sender, approves)]
    voters = {agency for agency, _ in p.validators[0]}
    quorum = -(-2 * len(voters) // 3)
    yes = sum(1 for agency, word in ballots if word and agency in voters)
    no = sum(1 for agency, word in ballots if not word and agency in voters)
    if yes >= quorum:
        height = max(found["effective"], act.height + 2)
        need(len(p.scheduled) < 64, "too much waits")
        try_change(p, found["change"], act.now, height, act_for_real=False)
        p.scheduled = sorted([*p.scheduled, (height, id_)])
        found["state"], found["effective"] = "passed", height
    elif len(voters) - no < quorum:
        found["state"] = "rejected"
    found["ballots"] = ballots


def end_of_block(p: Province, now: int, height: int, before: tuple[Votes, Votes]) -> None:
    """Let what is due take effect, then let the validator sets move on."""
    for due, id_ in list(p.scheduled):
        found = p.proposals[id_]
        is_vote = found["change"]["kind"] in ("add_validator", "remove_validator")
        if due > height + (2 if is_vote else 1):
            continue
        p.scheduled.remove((due, id_))
        found["state"] = "done" if try_change(p, found["change"], now, due) else "failed"
    p.validators = (before[1], p.validators[1])


def try_change(
    p: Province, change: dict[str, Any], now: int, height: int, *, act_for_real: bool = True
) -> bool:
    """Make a change, or tell whether it could be made.

    Raises:
        No: it could not, when nothing is done for real.
    """
    try:
        _CHANGES[change["kind"]](p, change, now, act_for_real)
    except No:
        if not act_for_real:
            raise
        return False
    return True


def _member(p: Province, agency: str) -> Member:
    member = p.members.get(agency)
    if member is None:
        refuse("no such member")
    return member


def _add_agency(p: Province, change: dict[str, Any], now: int, real: bool) -> None:
    need(change["agency"] not in p.members, "an id serves once")
    need(change["right"], "a number or key of it is wrong")
    if real:
        keys = {key: purpose for purpose, key in change["keys"]}
        p.members[change["agency"]] = Member(
            change["roles"], keys=keys, certificates=[(change["certificate"], 0)]
        )


def _has_vote(p: Province, agency: str) -> bool:
    return any(name == agency for name, _ in (*p.validators[0], *p.validators[1]))


def _stand(p: Province, change: dict[str, Any], now: int, real: bool) -> None:
    member = _member(p, change["agency"])
    leads = {
        "suspend": ({"active"}, "suspended"),
        "restore": ({"suspended"}, "active"),
        "remove": ({"active", "suspended"}, "removed"),
    }
    before, after = leads[change["kind"]]
    need(change["kind"] == "restore" or not _has_vote(p, change["agency"]), "it votes")
    need(member.standing in before, "not as it stands")
    if real:
        member.standing = after


def _set_roles(p: Province, change: dict[str, Any], now: int, real: bool) -> None:
    member = _member(p, change["agency"])
    if real:
        member.roles = change["roles"]


def _add_validator(p: Province, change: dict[str, Any], now: int, real: bool) -> None:
    agency = change["agency"]
    member = _member(p, agency)
    need(member.standing == "active" and not _has_vote(p, agency), "not to vote")
    keys = [
        key
        for key, purpose in member.keys.items()
        if purpose == "validator" and (key not in member.ends or now < member.ends[key])
    ]
    need(keys, "no validator key")
    ready = member.ready_ms
    need(ready is not None and ready + p.settings.readiness_ms >= now, "not ready")
    if real:
        order = list(p.members)
        votes = [*p.validators[1], (agency, keys[-1])]
        p.validators = (p.validators[0], sorted(votes, key=lambda v: order.index(v[0])))


def _remove_validator(p: Province, change: dict[str, Any], now: int, real: bool) -> None:
    rest = [vote_ for vote_ in p.validators[1] if vote_[0] != change["agency"]]
    need(len(rest) < len(p.validators[1]), "it has no vote")
    need(len(rest) >= VALIDATORS_MIN, "four are the fewest")
    if real:
        p.validators = (p.validators[0], rest)


def _set_parameter(p: Province, change: dict[str, Any], now: int, real: bool) -> None:
    need(change["right"], "not a value of it")
    if real:
        setattr(p.settings, change["name"], change["value"])


_CHANGES = {
    "add_agency": _add_agency,
    "suspend": _stand,
    "restore": _stand,
    "remove": _stand,
    "set_roles": _set_roles,
    "add_validator": _add_validator,
    "remove_validator": _remove_validator,
    "set_parameter": _set_parameter,
}
