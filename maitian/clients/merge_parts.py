"""What happens to the tables of this room when two records become one. Importing this module registers it.

Order matters: accounts before what lies on them, contact points before the addresses that a record can be reached by,
the record itself last.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from maitian.clients import merging, rules
from maitian.clients.account_imports import recompute_holdings
from maitian.clients.indexing import reindex
from maitian.clients.merging import (
    ABSORBED,
    SURVIVOR,
    Field,
    Part,
    Step,
    by_account,
    register,
    rows,
    run,
    stay,
)
from maitian.clients.models import (
    Client,
    ContactPoint,
    Coverage,
    InvestorClass,
    LifeCycle,
    PersonalData,
)
from maitian.core import time as business_time
from maitian.core.privacy import mask_email, mask_name, mask_phone, mask_tail, token
from maitian.ui.formats import UNKNOWN

# --- accounts and what lies on them ---------------------------------------------------------------------------


def _move_accounts(step: Step) -> dict[str, Any]:
    """The accounts, and the records that were merged into the absorbed one before: they follow to the survivor."""
    moved = run(
        "UPDATE clients_fundaccount SET client_id = %(survivor)s, merged_from = coalesce(merged_from, %(absorbed)s)"
        " WHERE client_id = %(absorbed)s RETURNING number",
        step.parameters,
    )
    followed = run(
        "UPDATE clients_client SET merged_into_id = %(survivor)s WHERE merged_into_id = %(absorbed)s RETURNING id",
        step.parameters,
    )
    return {"accounts": [row[0] for row in moved], "records": [row[0] for row in followed]}


def _accounts_back(step: Step, journal: dict[str, Any]) -> None:
    run(
        "UPDATE clients_fundaccount SET client_id = %(absorbed)s, merged_from = nullif(merged_from, %(absorbed)s)"
        " WHERE number = ANY(%(accounts)s)",
        {**step.parameters, "accounts": journal["accounts"]},
    )
    run(
        "UPDATE clients_client SET merged_into_id = %(absorbed)s WHERE id = ANY(%(records)s)",
        {**step.parameters, "records": journal["records"]},
    )


def _ground_holdings(step: Step) -> None:
    """What lies on no account yet lies on the record's first one, so that sums can be made anew."""
    run(
        "INSERT INTO clients_accountholding (account_number, symbol, client_id, quantity, cost)"
        " SELECT f.number, h.symbol, h.client_id, h.quantity, h.cost FROM clients_holding h"
        " CROSS JOIN LATERAL (SELECT number FROM clients_fundaccount x WHERE x.client_id = h.client_id"
        " ORDER BY x.opened_on, x.number LIMIT 1) f WHERE h.client_id IN (%(survivor)s, %(absorbed)s) AND NOT EXISTS"
        " (SELECT 1 FROM clients_accountholding a WHERE a.client_id = h.client_id AND a.symbol = h.symbol)",
        step.parameters,
    )


def _move_holdings(step: Step) -> None:
    run(
        "UPDATE clients_accountholding SET client_id = %(survivor)s WHERE client_id = %(absorbed)s",
        step.parameters,
    )
    recompute_holdings([step.survivor, step.absorbed])


def _holdings_back(step: Step, _journal: Any) -> None:
    run(
        "UPDATE clients_accountholding SET client_id = %(absorbed)s WHERE account_number = ANY(%(accounts)s)",
        step.parameters,
    )
    recompute_holdings([step.survivor, step.absorbed])


register(
    Part(
        "clients.holdings_first", ("持仓", "holdings"), (), move=_ground_holdings
    )
)  # fmt: skip
register(
    Part(
        "clients.accounts", ("资金账号", "fund accounts"), ("clients_fundaccount",), merging.counter("clients_fundaccount"),
        _move_accounts, _accounts_back,
    )
)  # fmt: skip
register(
    Part(
        "clients.holdings", ("持仓（同一证券相加）", "holdings (one security is added up)"), ("clients_holding", "clients_accountholding"),
        merging.counter("clients_holding"), _move_holdings, _holdings_back,
    )
)  # fmt: skip
register(by_account("clients.trades", ("成交", "trades"), "clients_trade"))
register(by_account("clients.cash_flows", ("资金流水", "cash flows"), "clients_cashflow"))

# --- contact points -------------------------------------------------------------------------------------------


def _move_contacts(step: Step) -> dict[str, Any]:
    """Numbers and addresses that the survivor lacks, and which one is used first. What both have stays with each."""
    first = run(
        'SELECT kind, value_token FROM clients_contactpoint WHERE client_id = %(absorbed)s AND "primary"',
        step.parameters,
    )
    moved = run(
        'UPDATE clients_contactpoint x SET client_id = %(survivor)s, "primary" = false WHERE x.client_id = %(absorbed)s'
        " AND NOT EXISTS (SELECT 1 FROM clients_contactpoint y WHERE y.client_id = %(survivor)s AND y.kind = x.kind"
        ' AND y.value_token = x.value_token) RETURNING x.id, old."primary"',
        step.parameters,
    )
    journal: dict[str, Any] = {
        "moved": [row[0] for row in moved], "were_primary": [row[0] for row in moved if row[1]], "demoted": [], "promoted": [],
    }  # fmt: skip
    for kind, value_token in first:
        if not step.takes(kind):
            continue
        parameters = {**step.parameters, "kind": kind, "token": value_token}
        demoted = run(
            'UPDATE clients_contactpoint SET "primary" = false WHERE client_id = %(survivor)s AND kind = %(kind)s'
            ' AND "primary" AND value_token <> %(token)s RETURNING id',
            parameters,
        )
        promoted = run(
            'UPDATE clients_contactpoint SET "primary" = true WHERE client_id = %(survivor)s AND kind = %(kind)s'
            ' AND value_token = %(token)s AND NOT "primary" RETURNING id',
            parameters,
        )
        journal["demoted"] += [row[0] for row in demoted]
        journal["promoted"] += [row[0] for row in promoted]
    return journal


def _contacts_back(step: Step, journal: dict[str, Any]) -> None:
    parameters = {**step.parameters, **journal}
    run('UPDATE clients_contactpoint SET "primary" = false WHERE id = ANY(%(promoted)s)', parameters)
    # A number that became the first one since keeps its place; the old one then stays second.
    run(
        'UPDATE clients_contactpoint x SET "primary" = true WHERE x.id = ANY(%(demoted)s) AND NOT EXISTS'
        ' (SELECT 1 FROM clients_contactpoint y WHERE y.client_id = x.client_id AND y.kind = x.kind AND y."primary")',
        parameters,
    )
    run(
        'UPDATE clients_contactpoint SET client_id = %(absorbed)s, "primary" = id = ANY(%(were_primary)s)'
        " WHERE id = ANY(%(moved)s) AND client_id = %(survivor)s",
        parameters,
    )


register(
    Part(
        "clients.contacts", ("手机号和邮箱", "phones and e-mails"), ("clients_contactpoint",),
        merging.counter("clients_contactpoint"), _move_contacts, _contacts_back,
    )
)  # fmt: skip

# --- what is added up ---------------------------------------------------------------------------------------------

register(
    rows("clients.tags", ("标签", "tags"), "clients_clienttag", key="tag_id",
         unless="EXISTS (SELECT 1 FROM clients_clienttag y WHERE y.client_id = %(survivor)s AND y.tag_id = x.tag_id)")
)  # fmt: skip
register(
    rows("clients.follows", ("关注", "followed"), "clients_follow", key="what",
         unless="EXISTS (SELECT 1 FROM clients_follow y WHERE y.client_id = %(survivor)s AND y.what = x.what)")
)  # fmt: skip
register(
    rows("clients.preferences", ("偏好（同名的留下原有的）", "preferences (of one name the survivor's stays)"), "clients_preference",
         unless="EXISTS (SELECT 1 FROM clients_preference y WHERE y.client_id = %(survivor)s AND y.key = x.key)")
)  # fmt: skip
register(
    rows("clients.permissions", ("交易权限（时间重叠的留下原有的）", "trading permissions (of overlapping ones the survivor's stays)"),
         "clients_tradingpermission",
         unless="EXISTS (SELECT 1 FROM clients_tradingpermission y WHERE y.client_id = %(survivor)s AND y.kind = x.kind"
                " AND daterange(y.since, y.until, '[]') && daterange(x.since, x.until, '[]'))")
)  # fmt: skip
register(rows("clients.inbound", ("来信", "texts received"), "clients_inboundtext"))

# --- evidence -----------------------------------------------------------------------------------------------------

register(
    rows(
        "clients.assessments",
        ("风险测评（证据都保留）", "assessments (all evidence is kept)"),
        "clients_assessment",
    )
)
register(
    rows("clients.agreements", ("投顾协议", "agreements on advice"), "clients_adviceagreement",
         unless="x.ended_at IS NULL AND EXISTS (SELECT 1 FROM clients_adviceagreement y WHERE y.client_id = %(survivor)s"
                " AND y.ended_at IS NULL)")
)  # fmt: skip
register(
    stay(
        "clients.portal",
        ("客户端密码（各账号照旧登录）", "portal passwords (each account signs in as before)"),
        "clients_portalaccess",
    )
)
register(stay("core.ledger", ("账本（一起读）", "ledger rows (read together)"), "core_ledger"))
register(Part("clients.pairs", ("疑似同一人", "pairs"), ("clients_duplicatepair", "clients_merge")))

# --- consent ------------------------------------------------------------------------------------------------------

# What the client said last, for every class and channel. Rows of a merge only carry on what was said before.
STATEMENTS = """
  SELECT DISTINCT ON (message_class, channel) message_class, channel, granted FROM clients_consent
   WHERE client_id = %(client)s AND source <> 'merge' AND at > %(after)s
   ORDER BY message_class, channel, at DESC, id DESC
"""
EVER = "-infinity"


def _statements(client_id: int, after: str = EVER) -> dict[tuple[int, int], bool]:
    """Class and channel → whether the last thing the client said about it was yes."""
    return {(c, n): granted for c, n, granted in run(STATEMENTS, {"client": client_id, "after": after})}


def _say(step: Step, client_id: int, cells: dict[tuple[int, int], bool], proof: str) -> None:
    """Rows that say what holds from now on, so that bits and rows always agree."""
    for (message_class, channel), granted in sorted(cells.items()):
        run(
            "INSERT INTO clients_consent (client_id, message_class, channel, granted, at, source, proof, actor)"
            " VALUES (%(client)s, %(class)s, %(channel)s, %(granted)s, %(now)s, 'merge', %(proof)s, %(actor)s)",
            {"client": client_id, "class": message_class, "channel": channel, "granted": granted, "now": step.at,
             "proof": proof, "actor": step.actor},
        )  # fmt: skip
        bit = 1 << (message_class * 4 + channel)
        change = f"consent_bits | {bit}" if granted else f"consent_bits & ~{bit}"
        run(f"UPDATE clients_client SET consent_bits = {change} WHERE id = %(client)s", {"client": client_id})


def _has(client_id: int, cell: tuple[int, int]) -> bool:
    bits = Client.objects.values_list("consent_bits", flat=True).get(pk=client_id)
    return bool(bits & 1 << (cell[0] * 4 + cell[1]))


def _move_consents(step: Step) -> dict[str, Any]:
    """A refusal of either record holds, until the client says otherwise; a consent of either one holds without refusal."""
    mine, other = _statements(step.survivor), _statements(step.absorbed)
    wanted = {
        cell: mine.get(cell, True) and other.get(cell, True) for cell in mine.keys() | other.keys()
    }  # fmt: skip
    changes = {cell: granted for cell, granted in wanted.items() if granted != _has(step.survivor, cell)}
    _say(step, step.survivor, changes, f"并档 {step.merge_id}")
    return {
        "changed": [[*cell, granted] for cell, granted in sorted(changes.items())],
        "at": step.at.isoformat(),
    }


def _consents_back(step: Step, journal: dict[str, Any]) -> None:
    """What the merge changed is as before, unless the client spoke since. What was refused since is so for both records."""
    since = _statements(step.survivor, journal["at"])
    before = {(c, n): not granted for c, n, granted in journal["changed"] if (c, n) not in since}
    _say(step, step.survivor, before, f"撤销并档 {step.merge_id}")
    refused = {cell: False for cell, granted in since.items() if not granted and _has(step.absorbed, cell)}
    _say(step, step.absorbed, refused, f"撤销并档 {step.merge_id}：其间本人拒绝")


register(
    Part(
        "clients.consents", ("同意（任何一份拒绝过的，都按拒绝）", "consents (what either record refused stays refused)"),
        ("clients_consent",), merging.counter("clients_consent"), _move_consents, _consents_back,
    )
)  # fmt: skip

# --- coverage -------------------------------------------------------------------------------------------------------


def _open(client_id: int, kind: str) -> Coverage | None:
    return Coverage.objects.filter(client_id=client_id, kind=kind, until=None).first()


def _move_coverage(step: Step) -> dict[str, Any]:
    """The absorbed record's people end; the survivor has one account manager and one adviser, as chosen."""
    journal: dict[str, Any] = {"ended": [], "opened": [], "replaced": []}
    for kind in Coverage.Kind.values:
        mine, other = _open(step.survivor, kind), _open(step.absorbed, kind)
        if other is not None:
            other.until = step.at
            other.save(update_fields=["until"])
            journal["ended"].append(other.pk)
        taken = other is not None and (mine is None or (kind == "manager" and step.takes("manager")))
        if not taken or other is None or (mine is not None and mine.member_id == other.member_id):
            continue
        if mine is not None:
            mine.until = step.at
            mine.save(update_fields=["until"])
            journal["replaced"].append(mine.pk)
        made = Coverage.objects.create(
            client_id=step.survivor,
            member_id=other.member_id,
            kind=kind,
            since=step.at,
            reason=f"并档 {step.merge_id}",
        )
        journal["opened"].append(made.pk)
    return journal


def _coverage_back(step: Step, journal: dict[str, Any]) -> None:
    """Whoever took over because of the merge hands back, unless somebody else looks after the client by now."""
    ended = run(
        "UPDATE clients_coverage SET until = %(at)s WHERE id = ANY(%(opened)s) AND until IS NULL RETURNING kind",
        {**step.parameters, **journal},
    )
    run(
        "UPDATE clients_coverage SET until = NULL WHERE id = ANY(%(replaced)s) AND kind = ANY(%(kinds)s)",
        {**journal, "kinds": [row[0] for row in ended]},
    )
    run("UPDATE clients_coverage SET until = NULL WHERE id = ANY(%(ended)s)", journal)


register(
    Part(
        "clients.coverage", ("谁在照看（只留一位客户经理）", "who looks after the client (one account manager stays)"),
        ("clients_coverage",), merging.counter("clients_coverage"), _move_coverage, _coverage_back,
    )
)  # fmt: skip

# --- the record itself ----------------------------------------------------------------------------------------------

PERSONAL = ("name", "id_number", "home_address", "birthday", "gender", "id_valid_until")
TITLES = {
    "name": ("姓名", "Name"), "id_number": ("证件号码", "Id number"), "id_valid_until": ("证件有效期", "Id document valid until"),
    "birthday": ("生日", "Birthday"), "gender": ("性别", "Gender"), "home_address": ("住址", "Home address"),
    "phone": ("先用的手机号", "Phone used first"), "email": ("先用的邮箱", "E-mail used first"), "state": ("状态", "State"),
    "investor_class": ("投资者类别", "Investor class"), "manager": ("客户经理", "Account manager"),
}  # fmt: skip
# Of two states the livelier one is proposed.
LIVELY = ("active", "leaving", "opened", "dormant", "lead", "closed")


def values_of(client_id: int) -> dict[str, Any]:
    """What of a record can be chosen, plain. Personal values: for the encrypted journal and for comparing only."""
    client = Client.objects.select_related("person", "manager").get(pk=client_id)
    found: dict[str, Any] = {name: getattr(client.person, name) for name in PERSONAL}
    for name in ("birthday", "id_valid_until"):
        found[name] = found[name].isoformat() if found[name] else ""
    points = {p.kind: str(p.value) for p in ContactPoint.objects.filter(client=client, primary=True)}
    found |= {"phone": points.get("phone", ""), "email": points.get("email", "")}
    found |= {
        "state": client.state,
        "investor_class": client.investor_class,
        "manager": client.manager_id or "",
    }
    return found


def _shown(name: str, value: Any, names: dict[int, str]) -> str:
    if value in ("", None):
        return UNKNOWN
    if name in ("name", "phone", "email"):
        return {"name": mask_name, "phone": mask_phone, "email": mask_email}[name](str(value))
    if name == "id_number":
        return mask_tail(str(value))
    if name == "home_address":
        return str(value)[:3] + "****"
    if name == "id_valid_until" and value == rules.FOR_GOOD.isoformat():
        return "9999-12-31"
    if name == "state":
        return str(LifeCycle(value).label)
    if name == "investor_class":
        return str(InvestorClass(value).label)
    if name == "gender":
        return {"F": "女 / F", "M": "男 / M"}.get(str(value), str(value))
    return names.get(value, str(value)) if name == "manager" else str(value)


def _default(name: str, mine: Any, other: Any, active: dict[int, bool]) -> str:
    if mine in ("", None):
        return ABSORBED if other not in ("", None) else SURVIVOR
    if other in ("", None) or mine == other:
        return SURVIVOR
    if name == "state":
        return SURVIVOR if LIVELY.index(mine) <= LIVELY.index(other) else ABSORBED
    if name == "investor_class":
        return SURVIVOR if mine == "ordinary" else ABSORBED  # a professional proves it again
    if name == "manager":
        return SURVIVOR if active.get(mine) else ABSORBED
    return SURVIVOR


def _fields(survivor: int, absorbed: int) -> list[Field]:
    mine, other = values_of(survivor), values_of(absorbed)
    found = run(
        "SELECT id, name, active FROM staff_member WHERE id = ANY(%(ids)s)",
        {"ids": [value for value in (mine["manager"], other["manager"]) if value]},
    )
    names, active = {row[0]: row[1] for row in found}, {row[0]: row[2] for row in found}
    return [
        Field(
            name, words, _shown(name, mine[name], names), _shown(name, other[name], names),
            _default(name, mine[name], other[name], active), same=mine[name] == other[name],
        )
        for name, words in TITLES.items()
    ]  # fmt: skip


COMPUTED = (
    "risk_class",
    "risk_valid_until",
    "address_bits",
    "advised",
    "assets",
    "opened_on",
    "last_contact_at",
)


def _computed(client_id: int) -> dict[str, Any]:
    client = Client.objects.get(pk=client_id)
    return {name: _json(getattr(client, name)) for name in COMPUTED}


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _python(name: str, value: Any) -> Any:
    """The opposite of :func:`_json`."""
    if value is None or name in ("risk_class", "address_bits", "advised"):
        return value
    if name == "assets":
        return Decimal(value)
    return datetime.fromisoformat(value) if name == "last_contact_at" else date.fromisoformat(value)


def _newest_valid(mine: Client, other: Client) -> tuple[int, date | None]:
    """The class of the newest assessment that still holds, else of the newest one at all."""
    found = run(
        "SELECT risk_class, valid_until FROM clients_assessment WHERE client_id = %(client)s"
        " ORDER BY (valid_until >= %(today)s) DESC, at DESC, id DESC LIMIT 1",
        {
            "client": mine.pk,
            "today": business_time.today(),
        },  # those of both records are the survivor's by now
    )
    if found:
        return int(found[0][0]), found[0][1]
    # A class without a questionnaire, as old files brought it: the more careful one.
    known = [c for c in (mine, other) if c.risk_class]
    chosen = min(known, key=lambda c: c.risk_class, default=mine)
    return chosen.risk_class, chosen.risk_valid_until


def _address_bits(client_id: int) -> int:
    found = {p.kind for p in ContactPoint.objects.filter(client_id=client_id, primary=True, bounced_at=None)}
    return 1 | (2 | 8 if "phone" in found else 0) | (4 if "email" in found else 0)


def _move_record(step: Step) -> dict[str, Any]:
    mine, other = Client.objects.get(pk=step.survivor), Client.objects.get(pk=step.absorbed)
    journal: dict[str, Any] = {
        "survivor": _computed(mine.pk), "absorbed": _computed(other.pk),
        "took": [name for name in TITLES if step.takes(name)],
    }  # fmt: skip
    journal["absorbed"]["state"] = other.state
    journal["was"] = {"state": mine.state, "investor_class": mine.investor_class, "manager": mine.manager_id}
    journal["was"]["outlet"] = mine.outlet_id
    me, them = PersonalData.objects.get(pk=mine.pk), PersonalData.objects.get(pk=other.pk)
    if step.takes("id_number"):
        PersonalData.objects.filter(pk=other.pk).update(id_number_token=None)
        me.id_number, me.id_number_token, me.id_form = them.id_number, them.id_number_token, them.id_form
    for name in ("home_address", "birthday", "gender", "id_valid_until", "name"):
        if step.takes(name):
            setattr(me, name, getattr(them, name))
    me.initials, me.name_token = rules.initials(str(me.name)), token(str(me.name))
    me.save()
    if step.takes("state"):
        mine.state = other.state
    if step.takes("investor_class"):
        mine.investor_class = other.investor_class
    kept = _open(mine.pk, "manager")
    if kept is not None and kept.member_id != mine.manager_id:
        mine.manager_id, mine.outlet_id = kept.member_id, kept.member.outlet_id
    mine.risk_class, mine.risk_valid_until = _newest_valid(mine, other)
    mine.assets += other.assets
    mine.opened_on = min((day for day in (mine.opened_on, other.opened_on) if day), default=None)
    contacted = [at for at in (mine.last_contact_at, other.last_contact_at) if at]
    mine.last_contact_at = max(contacted, default=None)
    mine.address_bits = _address_bits(mine.pk)
    mine.advised = bool(
        run(
            "SELECT 1 FROM clients_adviceagreement WHERE client_id = %(c)s AND ended_at IS NULL",
            {"c": mine.pk},
        )
    )
    mine.save()
    other.state, other.assets, other.merged_into_id = "closed", Decimal(0), mine.pk
    other.save(update_fields=["state", "assets", "merged_into"])
    reindex(mine.pk)
    journal["after"] = _computed(mine.pk)
    return journal


def _record_back(step: Step, journal: dict[str, Any]) -> None:
    """Each value comes back that is still the one that the merge set; what was changed since stays."""
    mine, other = Client.objects.get(pk=step.survivor), Client.objects.get(pk=step.absorbed)
    before, after, theirs = journal["survivor"], journal["after"], journal["absorbed"]
    now = _computed(mine.pk)
    for name in ("risk_class", "risk_valid_until", "opened_on", "last_contact_at"):
        if now[name] == after[name]:
            setattr(mine, name, _python(name, before[name]))
    mine.assets -= Decimal(theirs["assets"])
    for name in ("state", "investor_class"):
        if name in journal["took"] and getattr(mine, name) == (
            theirs["state"] if name == "state" else other.investor_class
        ):
            setattr(mine, name, journal["was"][name])
    kept = _open(mine.pk, "manager")
    mine.manager_id = kept.member_id if kept else journal["was"]["manager"]
    if mine.manager_id == journal["was"]["manager"]:
        mine.outlet_id = journal["was"]["outlet"]
    mine.address_bits = _address_bits(mine.pk)
    mine.advised = bool(
        run(
            "SELECT 1 FROM clients_adviceagreement WHERE client_id = %(c)s AND ended_at IS NULL",
            {"c": mine.pk},
        )
    )
    mine.save()
    other.state, other.merged_into_id, other.assets = theirs["state"], None, Decimal(theirs["assets"])
    other.save(update_fields=["state", "assets", "merged_into"])


def personal_back(step: Step, before: dict[str, dict[str, Any]]) -> None:
    """Personal values of both records out of the encrypted journal."""
    me, them = PersonalData.objects.get(pk=step.survivor), PersonalData.objects.get(pk=step.absorbed)
    mine, theirs = before[SURVIVOR], before[ABSORBED]
    for name in PERSONAL:
        current = getattr(me, name)
        text = current.isoformat() if hasattr(current, "isoformat") else current or ""
        if step.takes(name) and text == theirs[name]:
            value = mine[name]
            setattr(
                me,
                name,
                (date.fromisoformat(value) if value else None)
                if name in ("birthday", "id_valid_until")
                else value,
            )
    me.initials, me.name_token = rules.initials(str(me.name)), token(str(me.name))
    me.id_form = rules.id_form(str(me.id_number))
    me.id_number_token = token(str(me.id_number)) if me.id_number else None
    me.save()
    them.id_number_token = token(str(them.id_number)) if them.id_number else None
    them.save(update_fields=["id_number_token"])
    reindex(me.pk)


register(
    Part(
        "clients.record", ("档案", "the record"), ("clients_personaldata",), move=_move_record, back=_record_back, fields=_fields,
    )
)  # fmt: skip
