"""Who votes on a height: the path of changes from a trusted set to the one of a header.

Rule: each link is a header that names another next set, certified by the set before; so whoever
trusts the first set trusts the last. A link too few, too many, out of order or by others is refused
here, before a signature of the last set is believed. Links below a checkpoint are needless.
"""

from typing import Final

from consensus.validators import ValidatorSet
from ledger.block import Header, decode_header
from primitives.errors import PeerFault
from proofs.chain import Trust, check_certificate, check_header, set_of
from proofs.errors import VerificationFailed, require
from proofs.receipt import PortableReceipt, ValidatorChange

STEP: Final = "validators"


def follow_validators(receipt: PortableReceipt, trust: Trust) -> ValidatorSet:
    """Return the set that votes on the receipt's height.

    The receipt's header is a claim here: what it says of itself is checked by the steps to come.

    Raises:
        VerificationFailed: `validators.bad_change`, `validators.other_set`,
            `validators.missing_change`.
    """
    validators, last = trust.validators, 0
    for change in receipt.validators:
        header = _header_of(change)
        require(header.height > last, "validators", "bad_change", "the changes do not ascend")
        last = header.height
        if last >= trust.height:
            validators = _follow(change, validators, trust)
    try:
        claimed = decode_header(receipt.header)
    except PeerFault:
        return validators  # the step `header` refuses it
    leads_there = claimed.validators_hash == validators.hash and last < claimed.height
    require(leads_there, "validators", "missing_change", "another set votes on the header's height")
    return validators


def _header_of(change: ValidatorChange) -> Header:
    try:
        return decode_header(change.header)
    except PeerFault as error:
        raise VerificationFailed("validators", "bad_change", f"{error}") from error


def _follow(change: ValidatorChange, validators: ValidatorSet, trust: Trust) -> ValidatorSet:
    """Return the set after one change that the set before has certified."""
    try:
        certificate = check_certificate(change.certificate, validators, trust.chain)
        header = check_header(change.header, certificate, validators, trust)
        following = set_of(change.validators)
    except (VerificationFailed, PeerFault) as error:
        raise VerificationFailed(
            "validators", "bad_change", f"a change is not proved: {error.code}"
        ) from error
    same = following.hash == header.next_validators_hash
    require(same, "validators", "other_set", "a change lists another set than its header names")
    return following
