"""A node does what its agency's roles ask, and nothing before it knows what is open."""

from node.duties import Duties
from node.original_making import names_of
from tests.support.market import BANK, Market
from tests.support.parts import virtually


def acting(duties: Duties) -> set[str]:
    """Return the names of what a node has to do."""
    return {
        name for name in ("endorser", "originals", "billing") if getattr(duties, name) is not None
    }


@virtually
async def test_each_agency_does_what_its_roles_ask() -> None:
    market = Market()
    await market.open()
    duties = {agency: office.services.duties for agency, office in market.offices.items()}
    assert {agency: acting(found) for agency, found in duties.items()} == {
        "hospital": {"originals", "billing"},
        "finance": {"endorser"},
        "insurance": set(),
        BANK: set(),
    }
    assert all(found.matters.is_complete for found in duties.values())
    assert duties["finance"].endorses


@virtually
async def test_an_original_names_its_unit_the_supervisor_and_the_division() -> None:
    market = Market()
    await market.open()
    names = names_of(market["hospital"].running.state, "hospital")
    assert (names.issuer_name, names.supervisor_name) == ("hospital", "finance")
    assert names.area_code == "460000"
    assert len(names.issuer_uscc) == 18
