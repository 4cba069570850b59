"""What an operation brings about when nothing needs to be told but that it took effect.

Operations that make a number or decide something have a result of their own beside them.
"""

from primitives.codec import Message


class Done(Message, tag=0):
    """It took effect."""
