"""Sealed documents and their amendments, told again from the law."""

from tests.model.province import Act, Province, need, refuse

Name = tuple[str, int, int, int]
"""Custodian, block, transaction, operation."""
SIZES = {1024 << doubled for doubled in range(7)}
CHUNK, SIZE_MAX = 65_536, 32 * 1024 * 1024


def publish_document(
    p: Province, act: Act, kind: str, size: int, document: int, years: int
) -> Name:
    """Publish a document; return its name."""
    return _publish(p, act, kind, size, document, years, None)


def supersede_document(
    p: Province, act: Act, old: Name, kind: str, size: int, document: int, years: int
) -> Name:
    """Publish a document in another's place; return its name."""
    need(old[0] == act.sender, "it is another's document")
    before = p.documents.get(old)
    if before is None:
        refuse("there is no such document")
    need(before["superseded_by"] is None, "it was amended before")
    name = _publish(p, act, kind, size, document, years, old)
    before["superseded_by"] = name
    return name


def _publish(
    p: Province, act: Act, kind: str, size: int, document: int, years: int, old: Name | None
) -> Name:
    need((kind, years) in p.settings.document_kinds, "no such kind, or not kept so long")
    need(size in SIZES or (size % CHUNK == 0 and 0 < size <= SIZE_MAX), "no padded size")
    name = (act.sender, act.height, *act.place)
    p.documents[name] = {
        "kind": kind,
        "size": size,
        "document": document,
        "years": years,
        "time": act.now,
        "key": act.key,
        "supersedes": old,
        "superseded_by": None,
    }
    return name
