"""What a full check of a stopped store finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written."""

    file: str
    """Path below the data directory."""
    offset: int
    """Of the first byte concerned; -1 if it is about the whole file."""
    reason: str
    """What is wrong, or for a harmless one why it means nothing."""
    harmless: bool = False
    """Whether it is an ordinary trace of a crash, such as an unfinished end."""
