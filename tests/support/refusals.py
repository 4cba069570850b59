"""One way to say which code and field an error must carry."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from primitives.errors import HouseError, Refused


@contextmanager
def refused(
    code: str, field: str | None = None, error: type[HouseError] = Refused
) -> Iterator[None]:
    """Require an error of that code, and field if one is given."""
    with pytest.raises(error) as caught:
        yield
    assert caught.value.code == code
    if field is not None:
        assert caught.value.field == field
