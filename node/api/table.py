"""All routes of the API."""

from node.api.tables.bills import BILLS
from node.api.tables.chain import CHAIN
from node.api.tables.ledger import LEDGER
from node.api.tables.money import MONEY
from node.api.tables.portal import PORTAL
from node.api.tables.records import RECORDS

ROUTES = (*CHAIN, *BILLS, *LEDGER, *MONEY, *RECORDS, *PORTAL)
"""Everything the API does, besides `/v1/openapi.json`, which is made from this."""
