"""All routes of the API."""

from node.api.tables.bills import BILLS
from node.api.tables.chain import CHAIN
from node.api.tables.ledger import LEDGER
from node.api.tables.money import MONEY
from node.api.tables.portal import PORTAL

ROUTES = (*CHAIN, *BILLS, *LEDGER, *MONEY, *PORTAL)
"""Everything the API does, besides `/v1/openapi.json`, which is made from this."""
