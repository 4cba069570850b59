"""Lists that come a page at a time."""

from typing import Any

from cli.client import NodeClient

PAGE_SIZE = 100
"""The most the node gives at once."""


async def pages(
    client: NodeClient, path: str, limit: int, **query: str | int | None
) -> list[dict[str, Any]]:
    """Return the first `limit` items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(items) < limit:
        size = min(PAGE_SIZE, limit - len(items))
        page = await client.get(path, cursor=cursor, limit=size, **query)
        items += page.get("items", [])
        cursor = page.get("next")
        if not cursor:
            break
    return items[:limit]
