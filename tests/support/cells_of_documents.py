"""How each cell of a document's life is executed."""

from ledger.publishing import DOCUMENT, DocumentName
from tests.support.cells import Life, offering
from tests.support.ledgers import Chain
from tests.support.sealed import amended, document_at, published, supersede


def newest(chain: Chain) -> DocumentName:
    """Publish a document that nobody amended."""
    return published(chain, "a")[0]


def amended_once(chain: Chain) -> DocumentName:
    """Publish a document and amend it."""
    name = newest(chain)
    amended(chain, name, "b")
    return name


DOCUMENTS = Life(
    DOCUMENT,
    lambda chain, name: document_at(chain, name).state,
    {"published": newest, "superseded": amended_once},
    {"SupersedeDocument": offering("hospital", lambda _chain, name: supersede(name, "c"))},
)
