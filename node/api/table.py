"""All routes of the API."""

from node.api.tables.bills import BILLS
from node.api.tables.chain import CHAIN
from node.api.tables.portal import PORTAL

ROUTES = (*CHAIN, *BILLS, *PORTAL)
"""Everything the API does, besides `/v1/openapi.json`, which is made from this."""
