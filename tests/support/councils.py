"""Proposals and votes of the made-up province's four validators."""

from ledger.agencies import Agency, agency_key
from ledger.governance import Proposal, Propose, Vote, proposal_key
from ledger.membership import AddAgency, Change, NewKey, SetParameter
from ledger.parameters import Parameters
from ledger.readiness import SignalReadiness, readiness_message
from primitives.codec import encode
from primitives.sealing import sealing_public_key
from tests.support.ledgers import VALIDATORS, Chain, key_pair, seed_of

DAY_MS = 86_400_000
LONG_MS = 1_790_000_000_000 + 365 * DAY_MS


def propose(
    chain: Chain, change: Change, *, by: str = "finance", at: int = 0, until_ms: int = LONG_MS
) -> str:
    """Let a member propose a change and return its id."""
    (made,) = chain.accept(by, Propose(change, at, until_ms))
    proposal: str = made.proposal
    return proposal


def vote(chain: Chain, proposal: str, *agencies: str, approves: bool = True) -> None:
    """Let agencies vote, each in a block of its own."""
    for agency in agencies:
        chain.accept(agency, Vote(proposal, approves))


def passed(chain: Chain, change: Change, *, at: int = 0) -> str:
    """Let three of four pass a change; the last vote stands in the newest block."""
    proposal = propose(chain, change, at=at)
    vote(chain, proposal, *VALIDATORS[1:3])
    return proposal


def decided(chain: Chain, change: Change) -> str:
    """Let a change pass and take effect."""
    proposal = passed(chain, change)
    chain.commit()
    chain.commit()
    return proposal


def proposal_at(chain: Chain, proposal: str) -> Proposal:
    return chain.fact(proposal_key(proposal), Proposal)


def agency_at(chain: Chain, agency: str) -> Agency:
    return chain.fact(agency_key(agency), Agency)


def parameter(name: str, value: object) -> SetParameter:
    """Return the change of a parameter."""
    return SetParameter(name, encode(value))


def parameters_at(chain: Chain) -> Parameters:
    return chain.fact(b"p/", Parameters)


def ready(chain: Chain, agency: str, *, version: int = 1, height: int = 0) -> SignalReadiness:
    """Return a candidate's word that it is ready."""
    message = readiness_message(chain.genesis.chain, agency, version, height)
    return SignalReadiness(version, height, key_pair(agency, "validator").sign(message))


def newcomer(agency: str = "auditors") -> AddAgency:
    """Return the joining of a member."""
    purposes = ("governance", "node", "validator", "desk")
    keys = [NewKey(purpose, key_pair(agency, purpose).public_key) for purpose in purposes]
    keys.append(NewKey("sealing", sealing_public_key(seed_of(agency, "sealing"))))
    return AddAgency(agency, "Audit", "12460000428200001P", ("audit",), b"certificate", tuple(keys))
