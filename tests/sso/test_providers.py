"""By which identity providers may people come in, and on what terms?"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.postgres.followers.projector import Projector
from domain.kernel import Rejected, SecretId
from domain.sso.events import ProviderId
from domain.sso.provider import PROVIDER, Configure, Disable, Enable, Remove, Revise
from domain.sso.terms import AttributeRule, RoleRule, Terms
from projections.sso import providers as model
from projections.sso.providers import choices, provider, providers
from tests.followers.running import TENANT, asking, caller, following, make_models, writing
from tests.servers import Database
from tests.vault.opening import OTHER

TERMS = Terms(
    "The college",
    "https://idp.school.test",
    "annals",
    SecretId("a-secret-place"),
    domains=("school.test",),
    attributes=(AttributeRule("name", "cn"),),
    roles=(RoleRule("groups", "teachers", "instructor"),),
)


async def test_providers_are_shown_on_their_terms_but_not_where_their_secrets_are(database: Database) -> None:
    await make_models(database)
    async with writing(database) as do, following(database, Projector(model.MODEL)), asking(database) as ask:
        college, faculty = PROVIDER.at("college"), PROVIDER.at("faculty")
        await do(college, Configure("oidc", TERMS), caller())
        await do(faculty, Configure("oidc", replace(TERMS, name="The faculty", secret=None)), caller())
        await do(PROVIDER.at("theirs"), Configure("oidc", TERMS), caller(OTHER))
        receipt = await do(college, Disable(), caller())
        page = await providers(ask, TENANT, min_position=receipt.position)
        assert [(row.id, row.enabled, row.has_secret, row.version) for row in page.rows] == [
            ("college", False, True, 2),
            ("faculty", True, False, 1),
        ]
        assert page.rows[0].terms.roles[0].role == "instructor"
        assert "a-secret-place" not in str(page)
        assert [choice.name for choice in await choices(ask, TENANT)] == ["The faculty"]
        first = await providers(ask, TENANT, limit=1)
        second = await providers(ask, TENANT, limit=1, cursor=first.cursor)
        assert (*first.rows, *second.rows) == page.rows
        await do(college, Enable(), caller())
        receipt = await do(college, Revise(replace(TERMS, name="Another name", secret=None)), caller())
        one = await provider(ask, TENANT, ProviderId("college"), min_position=receipt.position)
        assert (one.provider.terms.name, one.provider.has_secret, one.provider.enabled) == ("Another name", True, True)
        receipt = await do(college, Remove(), caller())
        with pytest.raises(Rejected, match="no such provider"):
            await provider(ask, TENANT, ProviderId("college"), min_position=receipt.position)
        with pytest.raises(Rejected, match="no such provider"):
            await provider(ask, TENANT, ProviderId("theirs"))
