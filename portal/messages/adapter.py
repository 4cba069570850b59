"""The port through which a one-time code reaches a phone.

Rule: an adapter keeps and logs neither phone nor code beyond what it must to deliver.
"""

from typing import Protocol


class Messages(Protocol):
    """Delivers messages; the console for trying out, others later."""

    async def send_code(self, phone: str, code: str) -> None:
        """Deliver a login code to a phone.

        Raises:
            Unavailable: when it cannot be delivered now.
        """
