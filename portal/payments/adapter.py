"""The port through which a hospital's portal lets patients pay an order.

Rule: an adapter only opens and closes ways to pay. Whether an order is paid is told by the ledger,
never by an adapter.
"""

from typing import Protocol


class Payments(Protocol):
    """Ways to pay: the simulated company or WeChat Pay, none at all, others later."""

    async def open_payment(
        self, hospital: str, order: str, *, amount_fen: int, description: str, expires_ms: int
    ) -> str:
        """Return what the payer's QR code says (`code_url`); asking again gives the same trade.

        Args:
            hospital: agency id of the payee.
            order: number of the charge order; 1 to 64 of `0-9A-Za-z._|*-`.
            amount_fen: what is to be paid, fen, above 0.
            description: what the payer reads, up to 127 characters; nothing personal.
            expires_ms: until when it can be paid.

        Raises:
            Refused: `payment.already_paid`, `payment.too_many_attempts`,
                `order.number_malformed`, or the company's own refusal.
            Unavailable: when the company does not answer; try again.
        """

    async def renew_payment(
        self, hospital: str, order: str, *, amount_fen: int, description: str, expires_ms: int
    ) -> str:
        """Close the way to pay that is open and return a new one; see `open_payment`."""
