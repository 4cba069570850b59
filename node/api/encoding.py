"""How bytes and numbers stand in URLs and JSON."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from primitives.errors import Refused


def whole_number(text: str, name: str, most: int) -> int:
    """Read a plain number from 0 to `most`; refuse with `request.wrong_value`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or int(text) > most:
        raise Refused("request.wrong_value", f"write a whole number from 0 to {most}", name)
    return int(text)


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str, name: str) -> bytes:
    """Read base64url without padding; refuse with `request.wrong_value`."""
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused("request.wrong_value", "write base64url without padding", name) from error
    if base64url(data) != text:
        raise Refused("request.wrong_value", "write base64url without padding", name)
    return data


def from_hex(text: str, name: str, size: int) -> bytes:
    """Read `size` bytes of lower-case hex; refuse with `request.wrong_value`."""
    try:
        data = bytes.fromhex(text) if text.isascii() else b""
    except ValueError:
        data = b""
    if len(data) != size or data.hex() != text:
        raise Refused("request.wrong_value", f"write {2 * size} lower-case hex digits", name)
    return data


def bill_number(code: str, number: str) -> tuple[str, int]:
    """Return code and number of a bill from a path or query; refuse with `request.wrong_value`."""
    if not (len(code) == 8 and code.isascii() and code.isdigit()):
        raise Refused("request.wrong_value", "a code has eight digits", "code")
    if not (1 <= len(number) <= 10 and number.isascii() and number.isdigit()):
        raise Refused("request.wrong_value", "a number has up to ten digits", "number")
    if int(number) == 0:
        raise Refused("request.wrong_value", "numbers begin with 1", "number")
    return code, int(number)


def not_found(what: str) -> Refused:
    """Return the refusal of something that is not there."""
    return Refused(f"{what}.not_found", f"there is no such {what}")
