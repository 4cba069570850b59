"""Settings files: a TOML text read into a frozen dataclass a section.

Rule: every mistake is one sentence that names file, key and what to do; an unknown key is refused
with the nearest known one; secrets appear only as paths; relative paths are read from the file's
folder. A field's type says what may stand there: `int` (above 0), `str`, `Path`, `Path | None`,
`tuple[str, ...]`; a text may be empty, and a number 0, only where its default is.
"""

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, get_origin, get_type_hints

from primitives.errors import NodeFault

EXIT_CONFIGURATION: Final = 78
"""The configuration is at fault (sysexits.h, EX_CONFIG)."""
EXIT_PERMISSION: Final = 77
"""A file may not be read, or others may read it (sysexits.h, EX_NOPERM)."""

_LIST = 'a list of texts: ["…", "…"]'
_FORMS: Final[dict[Any, str]] = {
    int: "a whole number above 0",
    str: 'a text: "…"',
    Path: 'a path: "…"',
    Path | None: 'a path: "…"',
}


def sections_of(config: type[Any]) -> dict[str, type[Any]]:
    """Return the section types of a configuration dataclass: all its fields but `file`."""
    return {name: kind for name, kind in get_type_hints(config).items() if name != "file"}


def read_sections(text: str, file: Path, sections: Mapping[str, type[Any]]) -> dict[str, Any]:
    """Read a settings text and check every key.

    Args:
        text: TOML.
        file: where it was read, absolute; relative paths start from its folder.
        sections: a frozen dataclass by the name of its table.

    Returns:
        An instance of each section.

    Raises:
        NodeFault: `config.malformed`, `config.unknown_key`, `config.missing_key`,
            `config.wrong_value`; exit code 78.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NodeFault(
            "config.malformed", f"{file} is not TOML: {error}", exit_code=EXIT_CONFIGURATION
        ) from error
    _refuse_unknown(tree, sections, where=f"{file}", kind="section")
    result = {}
    for name, section in sections.items():
        values = tree.get(name, {})
        if not isinstance(values, dict):
            fail(file, name, f"write a table: [{name}]")
        result[name] = _section(section, values, name=name, file=file)
    return result


def fail(file: Path, key: str, advice: str, code: str = "config.wrong_value") -> NoReturn:
    """Refuse a setting with a sentence that names the file and the key.

    Raises:
        NodeFault: always; exit code 78.
    """
    raise NodeFault(code, f"{file}: {key}: {advice}", key, EXIT_CONFIGURATION)


def parse_address(text: str) -> tuple[str, int] | None:
    """Return (host, port) of `host:port` or `[v6]:port`; None when it has another form."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        return None
    return host.removeprefix("[").removesuffix("]"), int(port)


def _refuse_unknown(
    given: Mapping[str, Any], known: Iterable[str], *, where: str, kind: str
) -> None:
    names = list(known)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
            advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
            raise NodeFault(
                "config.unknown_key",
                f"{where}: there is no {kind} {name!r}; {advice}",
                name,
                EXIT_CONFIGURATION,
            )


def _section(section: type[Any], values: Mapping[str, Any], *, name: str, file: Path) -> Any:
    fields = dataclasses.fields(section)
    known = [field.name for field in fields]
    _refuse_unknown(values, known, where=f"{file} [{name}]", kind="key")
    hints = get_type_hints(section)
    result: dict[str, Any] = {}
    for field in fields:
        key, kind = f"{name}.{field.name}", hints[field.name]
        value = field.default
        if field.name in values:
            value = _value(kind, values[field.name], may_be_empty=value in ("", 0))
            if value is None:
                fail(file, key, f"write {_FORMS.get(kind, _LIST)}")
        elif value is dataclasses.MISSING:
            fail(file, key, "is required", "config.missing_key")
        result[field.name] = file.parent / value if isinstance(value, Path) else value
    return section(**result)


def _value(kind: Any, value: Any, *, may_be_empty: bool) -> Any:
    """Return a value in its field's type; None when it has another."""
    if kind is int:
        least = 0 if may_be_empty else 1
        return value if type(value) is int and value >= least else None
    if get_origin(kind) is tuple:
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return tuple(value) if is_list else None
    if not isinstance(value, str) or not (value or may_be_empty):
        return None
    return value if kind is str else Path(value)
