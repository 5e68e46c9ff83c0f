"""What payments are for, and where money is: what the facts of payments and of the journal are told in."""

from __future__ import annotations

from typing import Literal, NewType

from domain.kernel import CourseId, LearnerId, PersonId, Value
from domain.money import Money

RefundId = NewType("RefundId", str)


class ForCourse(Value, tag="course"):
    """That a learner may enrol on a course."""

    course: CourseId
    learner: LearnerId


class ForPlan(Value, tag="plan"):
    """One period of a subscription to a plan."""

    plan: str
    subscription: str


class ForDonation(Value, tag="donation"):
    """A gift to somebody who makes things."""

    creator: PersonId
    donation: str


Purpose = ForCourse | ForPlan | ForDonation

AccountKind = Literal[
    "gateway_clearing",
    "receivable",
    "disputed",
    "creator_payable",
    "creator_payouts",
    "revenue",
    "refunds",
    "fees",
    "losses",
]


class Account(Value):
    """Where money is: of which kind, and whose or for what: what a gateway owes us, what we owe."""

    kind: AccountKind
    of: str


class Line(Value):
    """Money on an account: above zero a debit, below zero a credit."""

    account: Account
    money: Money
