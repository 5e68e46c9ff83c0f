"""Who agreed to what, and who withdrew it."""

from __future__ import annotations

from application.reports import Kind, of_facts

KIND = Kind("consent", "Consent", "Who consented to what, and withdrew it.", of_facts("privacy.Consent"))
