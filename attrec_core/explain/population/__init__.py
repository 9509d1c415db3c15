"""Statistics over all test users of a run, in numpy and in batches: what is stored with a run when it is trained."""

from attrec_core.explain.population.effects import cause_shares
from attrec_core.explain.population.users import at_large, known, ranks_of_test_items

__all__ = ["at_large", "cause_shares", "known", "ranks_of_test_items"]
