"""審査: no sequence of actions leads to an undeclared state (issue 5, house-style §5). The tables are typed here."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.deadlines import Nearness
from domain.errors import DomainError
from domain.review import POST, REGISTRATION, ReviewAction, ReviewState, actions_from, move_of, states_of

# 2.1, 3.1⑤⑥※, 3.3, (2)d: state -> what may follow.
FOLLOWS = {
    "registration": {
        "applied": {"in_review", "approved", "rejected"},
        "in_review": {"in_review", "approved", "rejected"},
        "approved": set(),
        "rejected": set(),
    },
    "post": {
        "applied": {"in_review", "approved", "rejected", "withdrawn"},
        "in_review": {"in_review", "approved", "rejected", "withdrawn"},
        "approved": {"revoked", "withdrawn"},
        "rejected": {"withdrawn"},
        "revoked": {"withdrawn"},
        "withdrawn": set(),
    },
}
TABLES = {"registration": REGISTRATION, "post": POST}


@pytest.mark.parametrize("name", list(TABLES))
def test_the_states_and_what_follows_are_those_of_the_manual(name):
    table, expected = TABLES[name], FOLLOWS[name]
    assert {state.value for state in states_of(table)} == set(expected)
    for state, following in expected.items():
        actions = actions_from(table, ReviewState(state))
        assert {move_of(table, action, ReviewState(state), "理由").target.value for action in actions} == following


class Life(RuleBasedStateMachine):
    """One record of each table; anybody tries anything at any time."""

    def __init__(self):
        super().__init__()
        self.states = dict.fromkeys(TABLES, ReviewState.APPLIED)
        self.decisions = dict.fromkeys(TABLES, 0)

    @rule(
        name=st.sampled_from(list(TABLES)),
        action=st.sampled_from(list(ReviewAction)),
        reason=st.sampled_from(["", "  \n", "　", "理由"]),
    )
    def tries(self, name, action, reason):
        before, move, refused = self.states[name], None, ""
        try:
            move = move_of(TABLES[name], action, before, reason)
        except DomainError as error:
            refused = error.message_id
        is_missing = action is ReviewAction.REJECT and not reason.strip()
        if move is None:
            assert refused == "error.R01.00001" or (refused == "error.R01.00002" and is_missing)
            return
        assert not is_missing
        assert move.target.value in FOLLOWS[name][before.value]
        self.decisions[name] += action is ReviewAction.APPROVE
        self.states[name] = move.target

    @invariant()
    def every_state_is_declared(self):
        for name, state in self.states.items():
            assert state in states_of(TABLES[name])

    @invariant()
    def nothing_is_approved_twice(self):
        assert max(self.decisions.values()) <= 1


TestLife = Life.TestCase


def test_nearness_has_the_names_the_addresses_use():
    """The links of the home page carry them."""
    assert {n.value for n in Nearness} == {"over", "today", "soon", "later"}
