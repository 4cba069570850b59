"""A check that failed, by the name of its step.

PeerFault
└── VerificationFailed   the file proves nothing; `step` says which check found it out
"""

from primitives.errors import PeerFault


class VerificationFailed(PeerFault):
    """A receipt does not prove its fact.

    Args:
        step: name of the check: one of `proofs.verify.STEPS`, or `receipt` for a malformed file.
        reason: what it found, stable, for programs; with the step it makes the code.
        detail: one plain sentence for people.
    """

    def __init__(self, step: str, reason: str, detail: str) -> None:
        super().__init__(f"{step}.{reason}", detail, step)
        self.step = step


def require(claim: bool, step: str, reason: str, detail: str) -> None:
    """Raise `VerificationFailed` unless `claim` holds."""
    if not claim:
        raise VerificationFailed(step, reason, detail)
