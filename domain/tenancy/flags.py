"""The one registry of features that a school may have on or off."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from domain.kernel import Value

Flag = Literal["ads", "ai.generation", "beta.program", "enrollments.withdrawal", "marketplace", "recording", "social"]
"""What a feature is called where code asks for it. Another name is an error of type."""


class Feature(Value):
    """What a flag stands for, and whether the feature is on where nobody switched it."""

    description: str
    default: bool


FEATURES: Mapping[Flag, Feature] = MappingProxyType(
    {
        "ads": Feature("Advertisements are shown to the people of the school.", default=False),
        "ai.generation": Feature("Texts, questions and pictures may be generated.", default=False),
        "beta.program": Feature("A beta track is run beside main.", default=False),
        "enrollments.withdrawal": Feature("Learners may be taken off a course before its end.", default=True),
        "marketplace": Feature("Courses and materials may be bought and sold.", default=False),
        "recording": Feature("Live sessions may be recorded.", default=False),
        "social": Feature("People may follow each other, post and comment.", default=False),
    }
)
