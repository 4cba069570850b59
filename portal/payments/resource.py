"""What the payment company encrypts inside a notice: AEAD_AES_256_GCM under the APIv3 key.

Source: WeChat Pay API v3, decryption of notices and certificates.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from primitives.errors import Refused

ALGORITHM = "AEAD_AES_256_GCM"
"""The only algorithm that is known."""
NONCE_CHARACTERS = 12
"""The nonce is its ASCII characters."""


def seal(key: bytes, plaintext: bytes, *, associated: str, nonce: str) -> dict[str, str]:
    """Return an encrypted resource.

    Args:
        key: the APIv3 key, 32 bytes.
        plaintext: what is encrypted.
        associated: what is authenticated beside it, fewer than 16 characters.
        nonce: 12 ASCII characters, new for every resource.
    """
    data = AESGCM(key).encrypt(nonce.encode(), plaintext, associated.encode())
    return {
        "algorithm": ALGORITHM,
        "ciphertext": base64.b64encode(data).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


def unseal(key: bytes, resource: Mapping[str, Any]) -> bytes:
    """Return what a resource holds.

    Raises:
        Refused: `notice.sealed_otherwise` for another form or key.
    """
    try:
        if resource["algorithm"] != ALGORITHM:
            raise Refused("notice.sealed_otherwise", f"only {ALGORITHM} is known")
        data = base64.b64decode(resource["ciphertext"], validate=True)
        nonce, associated = resource["nonce"], resource.get("associated_data") or ""
        return AESGCM(key).decrypt(nonce.encode("ascii"), data, associated.encode())
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise Refused("notice.sealed_otherwise", "the resource has another form") from error
    except InvalidTag as error:
        raise Refused("notice.sealed_otherwise", "the resource is of another key") from error
