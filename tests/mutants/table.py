"""All guards, in the order of the rules."""

from tests.mutants import bounds, proofs, rounds, voting
from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *proofs.MUTANTS,
    *voting.MUTANTS,
    *rounds.MUTANTS,
    *bounds.MUTANTS,
)
