"""Who is there, who are they, and how do their accounts stand?"""

from __future__ import annotations

import pytest

from application.people import Preferences, Profile, preferring, revising
from domain.access.events import RoleName, Scope
from domain.identity.events import Mark
from domain.identity.person import ConfirmPhone, Deactivate, Localise, Remove, ReplaceAddress, VerifyAddress
from domain.kernel import PersonId, Rejected
from projections.identity import directory as model
from projections.identity.directory import Known, Wanted, search, somebody
from tests.followers.running import OTHER, TENANT, rows
from tests.identity.peopled import House, living
from tests.proves import proves
from tests.servers import Database

ADA = PersonId("ada")


def marked(kind: str, value: str) -> str:
    return f"{kind} {value}"


async def ada(house: House, position: int) -> Known:
    _, found = await somebody(house.ask, TENANT, ADA, min_position=position)
    assert found is not None
    return found


@proves("user.profile", "user.preferences")
async def test_what_somebody_says_of_themselves_shows(database: Database) -> None:
    async with living(database, model.MODEL) as house:
        receipt = await house.register("ada", "Ada@School.example", "Ada", "ada")
        found = await ada(house, receipt.position)
        assert (found.status, found.version, found.verified, found.access_needs) == ("active", 1, False, ())
        profile = Profile("Ada L.", "Ada", "Lovelace", "counts", "+442079460000", "portrait")
        await house.tell("ada", revising(marked, ADA, profile))
        await house.tell("ada", ConfirmPhone(Mark("phone +442079460000")))
        await house.tell("ada", VerifyAddress(house.mark("Ada@School.example")))
        wanted = Preferences("de-CH", "Europe/Zurich", "dark", ("hide_profile",), ("screen_reader", "captions"))
        await house.tell("ada", preferring(marked, ADA, wanted))
        receipt = await house.tell("ada", Localise("en", "UTC"))
        found = await ada(house, receipt.position)
        assert (found.name, found.given_name, found.family_name) == ("Ada L.", "Ada", "Lovelace")
        assert (found.about, found.phone, found.avatar) == ("counts", "+442079460000", "portrait")
        assert (found.phone_confirmed, found.verified, found.version) == (True, True, receipt.version)
        assert (found.locale, found.time_zone, found.theme) == ("en", "UTC", "dark")
        assert (found.privacy, found.access_needs) == (("hide_profile",), ("captions", "screen_reader"))
        await house.tell("ada", revising(marked, ADA, Profile("ada l.", phone="+442079460001")))
        receipt = await house.tell("ada", ReplaceAddress(ADA, "ada@home.example", Mark("home")))
        found = await ada(house, receipt.position)
        assert (found.name, found.given_name, found.phone_confirmed) == ("ada l.", None, False)
        assert (found.address, found.verified) == ("ada@home.example", False)


async def test_facts_hold_none_of_it_in_plain_text(database: Database) -> None:
    async with living(database, model.MODEL) as house:
        await house.register("ada", "ada@school.example", "Lovelace", "adalove")
        await house.tell("ada", revising(marked, ADA, Profile("Ada L.", "Augusta", "Byron", "counts", "+442079460000")))
        await house.tell("ada", preferring(marked, ADA, Preferences(access_needs=("screen_reader",))))
        await house.tell("ada", Deactivate(ADA, "is on leave"))
        kept = await rows(database, "select data::text from ledger.facts where type like 'identity.%%'")
        told = " ".join(data for (data,) in kept)
        for secret in ("Lovelace", "adalove", "Augusta", "Byron", "counts", "screen_reader", "is on leave"):
            assert secret not in told


@proves("user.search")
async def test_people_are_found_by_what_they_are_called_without_case_and_accents(database: Database) -> None:
    async with living(database, model.MODEL) as house:
        await house.register("asa", "asa@north.example", "Åsa Groß", "northstar")
        await house.register("lukasz", "l@south.example", "Łukasz 100% Żółć")
        receipt = await house.register("ben", "ben_1@south.example", "Ben")
        await house.register("other", "asa@elsewhere.example", "Åsa", tenant=OTHER)

        async def found(named: str | None = None, address: str | None = None) -> list[str]:
            page = await search(house.ask, TENANT, Wanted(named, address), min_position=receipt.position)
            return [row.person for row in page.rows]

        assert await found() == ["asa", "ben", "lukasz"]
        assert await found("åsa") == await found("GROSS asa") == await found("star north") == ["asa"]
        assert await found("lukasz zolc") == await found("100%") == ["lukasz"]
        assert await found("%") == ["lukasz"]
        assert await found("_") == ["ben"]
        assert await found(address="South.Example") == ["ben", "lukasz"]
        assert await found("south", "ben") == ["ben"]
        assert await found("nobody") == await found("\\") == []


@proves("user.search", "user.crud")
async def test_roles_and_status_narrow_the_search_and_who_was_removed_is_hidden(database: Database) -> None:
    async with living(database, model.MODEL) as house:
        await house.register("ada", "ada@school.example", "Ada")
        await house.register("ben", "ben@school.example", "Ben")
        await house.invite("cy", "cy@school.example", "Cy")
        await house.grant("ada", "staff", "department:arts")
        await house.grant("ben", "staff")
        await house.grant("ben", "student", "section:7b")
        await house.grant("cy", "staff")
        await house.withdraw("cy", "staff")
        await house.tell("ben", Deactivate(PersonId("ben"), "on leave"))
        receipt = await house.grant("ada", "auditor")

        async def found(**wanted: object) -> list[str]:
            page = await search(house.ask, TENANT, Wanted(**wanted), min_position=receipt.position)  # type: ignore[arg-type]
            return [row.person for row in page.rows]

        assert await found(role=RoleName("staff")) == ["ada", "ben"]
        assert await found(role=RoleName("staff"), scope=Scope("department:arts")) == ["ada"]
        assert await found(scope=Scope("section:7b")) == ["ben"]
        assert await found(status="deactivated") == ["ben"]
        assert await found(status="invited") == ["cy"]
        page = await search(house.ask, TENANT, Wanted("ada"))
        assert [(one.role, one.scope) for one in page.rows[0].roles] == [
            ("auditor", None),
            ("staff", "department:arts"),
        ]
        receipt = await house.tell("ada", Remove(ADA, "left"))
        assert await found() == ["ben", "cy"]
        assert await found(status="deleted") == ["ada"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "bnVsbA", "WyJuYW1lIiwxLDJd"])
async def test_a_cursor_of_anothers_making_is_refused(database: Database, cursor: str) -> None:
    async with living(database) as house:
        with pytest.raises(Rejected, match="not given by this question"):
            await search(house.ask, TENANT, Wanted(), cursor=cursor)


async def test_another_tenants_people_do_not_show_even_to_a_query_that_forgets_the_tenant(database: Database) -> None:
    async with living(database, model.MODEL) as house:
        await house.register("ada", "ada@school.example", "Ada")
        receipt = await house.register("ben", "ben@elsewhere.example", "Ben", tenant=OTHER)
        await search(house.ask, TENANT, Wanted(), min_position=receipt.position)
        assert len(await rows(database, "select person from identity_directory.people")) == 2
        async with await database.connect("app") as connection, connection.transaction():
            await connection.execute("select set_config('annals.tenant', %s, true)", (str(TENANT),))
            found = await connection.execute("select person from identity_directory.people")
            assert await found.fetchall() == [("ada",)]
