"""The statements that keep the directory of people."""

from __future__ import annotations

from projections.model import Many

ADD = Many(
    "tenant uuid, person text, version int, status text, at timestamptz, name text, name_key text, "
    "address text, address_key text, username text, username_key text",
    """
    insert into people (tenant, person, version, status, since, status_at, name, name_key, address, address_key,
      username, username_key)
    select tenant, person, version, status, at, at, name, name_key, address, address_key, username, username_key
    from fact
    on conflict (tenant, person) do nothing
    """,
)
STAND = Many(
    "tenant uuid, person text, version int, status text, at timestamptz, reason text",
    """
    update people p set version = f.version, status = f.status, status_at = f.at, reason = f.reason
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
REVISE = Many(
    "tenant uuid, person text, version int, name text, name_key text, given_name text, family_name text, about text, "
    "phone text, avatar text",
    """
    update people p set version = f.version, name = f.name, name_key = f.name_key, given_name = f.given_name,
      family_name = f.family_name, about = f.about, phone = f.phone, avatar = f.avatar,
      phone_confirmed = p.phone_confirmed and p.phone is not distinct from f.phone
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
CONFIRM = Many(
    "tenant uuid, person text, version int",
    """
    update people p set version = f.version, phone_confirmed = true
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
MOVE = Many(
    "tenant uuid, person text, version int, address text, address_key text",
    """
    update people p set version = f.version, address = f.address, address_key = f.address_key, verified = false
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
VERIFY = Many(
    "tenant uuid, person text, version int",
    """
    update people p set version = f.version, verified = true
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
PREFER = Many(
    "tenant uuid, person text, version int, locale text, time_zone text, theme text, privacy text",
    """
    update people p set version = f.version, locale = f.locale, time_zone = f.time_zone, theme = f.theme,
      privacy = f.privacy
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
NEED = Many(
    "tenant uuid, person text, version int, needs text",
    """
    update people p set version = f.version, needs = f.needs
    from fact f where p.tenant = f.tenant and p.person = f.person
    """,
)
COUNT = Many(
    "tenant uuid, person text, version int",
    "update people p set version = f.version from fact f where p.tenant = f.tenant and p.person = f.person",
)
GRANT = Many(
    "tenant uuid, person text, role text, scope text",
    "insert into roles select tenant, person, role, scope from fact on conflict do nothing",
)
WITHDRAW = Many(
    "tenant uuid, person text, role text, scope text",
    """
    delete from roles r using fact f
    where r.tenant = f.tenant and r.person = f.person and r.role = f.role and r.scope = f.scope
    """,
)
