"""What conditions mean, said slowly: every client as an object, every condition as a plain Python question.

Written from the meaning of the conditions, not from their SQL; a property test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from maitian.clients.models import (
    Client,
    ClientTag,
    Follow,
    FundAccount,
    Holding,
    PersonalData,
    Security,
    TradingPermission,
)
from maitian.core.time import shanghai


@dataclass
class Facts:
    client: Client
    person: PersonalData | None = None
    cash: Decimal = Decimal(0)
    holds: set[str] = field(default_factory=set)
    follows: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    permissions: list[TradingPermission] = field(default_factory=list)


def load() -> dict[int, Facts]:
    """Every client of the database."""
    found = {client.pk: Facts(client) for client in Client.objects.all()}
    for person in PersonalData.objects.all():
        found[person.pk].person = person
    for account in FundAccount.objects.all():
        if account.closed_on is None:
            found[account.client_id].cash += account.cash
    for holding in Holding.objects.all():
        if holding.quantity > 0:
            found[holding.client_id].holds.add(holding.symbol)
    for follow in Follow.objects.all():
        found[follow.client_id].follows.add(follow.what)
    for tagged in ClientTag.objects.select_related("tag"):
        found[tagged.client_id].tags.add(tagged.tag.name)
    for permission in TradingPermission.objects.all():
        found[permission.client_id].permissions.append(permission)
    return found


def age(birthday: date, today: date) -> int:
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))


def kept_on(birthday: date, year: int) -> date:
    """The day of a year on which a birthday is kept."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


class Reference:
    def __init__(self, today: date) -> None:
        self.today = today
        self.industry = dict(Security.objects.values_list("symbol", "industry"))

    def meets(self, facts: Facts, tree: dict[str, Any]) -> bool:
        if "not" in tree:
            return not self.meets(facts, tree["not"])
        if "all" in tree:
            return all(self.meets(facts, item) for item in tree["all"])
        if "any" in tree:
            return any(self.meets(facts, item) for item in tree["any"])
        operator = next(key for key in tree if key != "is")
        return bool(getattr(self, "_" + tree["is"])(facts, operator, tree[operator]))

    # --- one question each ---------------------------------------------------------------------------

    def _state(self, f: Facts, _o: str, value: Any) -> bool:
        return f.client.state in value

    def _institution(self, f: Facts, _o: str, value: Any) -> bool:
        return ("institution" if f.client.institution else "person") in value

    def _opened(self, f: Facts, operator: str, days: int) -> bool:
        on = f.client.opened_on
        if on is None:
            return False
        if operator == "within_days":
            return 0 <= (self.today - on).days <= days
        if operator == "anniversary":
            return on.year < self.today.year and kept_on(on, self.today.year) == self.today
        return (self.today - on).days > days

    def _tag(self, f: Facts, operator: str, value: Any) -> bool:
        return set(value) <= f.tags if operator == "all_of" else bool(set(value) & f.tags)

    def _birthday(self, f: Facts, operator: str, value: Any) -> bool:
        birthday = f.person.birthday if f.person else None
        if birthday is None:
            return False
        if operator == "any_of":
            return birthday.month in value
        days = 0 if operator == "today" else value
        upcoming = [kept_on(birthday, self.today.year + n) for n in (0, 1)]
        # A leap-day birthday is kept on the 29th where there is one, and on the 28th where there is none.
        return any(self.today <= on <= self.today + timedelta(days=days) for on in upcoming)

    def _age(self, f: Facts, operator: str, value: Any) -> bool:
        birthday = f.person.birthday if f.person else None
        if birthday is None:
            return False
        years = age(birthday, self.today)
        return {
            "between": lambda: value[0] <= years <= value[1],
            "at_least": lambda: years >= value,
            "at_most": lambda: years <= value,
        }[operator]()

    def _gender(self, f: Facts, _o: str, value: Any) -> bool:
        return f.person is not None and f.person.gender in value

    def _amount(self, amount: Decimal, operator: str, value: Any) -> bool:
        if operator == "between":
            return Decimal(value[0]) <= amount <= Decimal(value[1])
        return amount >= Decimal(value) if operator == "at_least" else amount <= Decimal(value)

    def _assets(self, f: Facts, operator: str, value: Any) -> bool:
        return self._amount(f.client.assets, operator, value)

    def _cash(self, f: Facts, operator: str, value: Any) -> bool:
        return self._amount(f.cash, operator, value)

    def _holds(self, f: Facts, _o: str, value: Any) -> bool:
        return any(symbol in value or self.industry[symbol] in value for symbol in f.holds)

    def _follows(self, f: Facts, _o: str, value: Any) -> bool:
        return any(what in value or self.industry.get(what) in value for what in f.follows)

    def _risk_class(self, f: Facts, _o: str, value: Any) -> bool:
        return f.client.risk_class in value

    def _investor_class(self, f: Facts, _o: str, value: Any) -> bool:
        return f.client.investor_class in value

    def _validity(self, until: date | None, operator: str, value: Any) -> bool:
        if operator == "missing":
            return until is None
        if until is None:
            return False
        left = (until - self.today).days
        return {
            "expires_within": lambda: 0 <= left <= value,
            "valid": lambda: left >= 0,
            "expired": lambda: left < 0,
        }[operator]()

    def _assessment(self, f: Facts, operator: str, value: Any) -> bool:
        return self._validity(f.client.risk_valid_until, operator, value)

    def _advice_agreement(self, f: Facts, _o: str, _value: Any) -> bool:
        return f.client.advised

    def _trading_permission(self, f: Facts, operator: str, value: Any) -> bool:
        has = {
            p.kind
            for p in f.permissions
            if p.since <= self.today and (p.until is None or self.today <= p.until)
        }
        return set(value) <= has if operator == "all_of" else bool(set(value) & has)

    def _id_document(self, f: Facts, operator: str, value: Any) -> bool:
        return self._validity(f.person.id_valid_until if f.person else None, operator, value)

    def _level(self, f: Facts, _o: str, value: Any) -> bool:
        return f.client.level_rank in value

    def _manager(self, f: Facts, operator: str, value: Any) -> bool:
        return f.client.manager_id is None if operator == "missing" else f.client.manager_id in value

    def _outlet(self, f: Facts, operator: str, value: Any) -> bool:
        return f.client.outlet_id is None if operator == "missing" else f.client.outlet_id in value

    def _last_contact(self, f: Facts, operator: str, value: Any) -> bool:
        at = f.client.last_contact_at
        if operator == "never":
            return at is None
        days = None if at is None else (self.today - shanghai(at).date()).days
        if operator == "older_than":
            return days is None or days > value
        return days is not None and days <= value

    def _consent(self, f: Facts, operator: str, value: Any) -> bool:
        has = [bool(f.client.consent_bits >> (int(pair[0]) * 4 + int(pair[2])) & 1) for pair in value]
        return all(has) if operator == "all_of" else any(has)

    def _address(self, f: Facts, operator: str, value: Any) -> bool:
        has = [bool(f.client.address_bits >> channel & 1) for channel in value]
        return all(has) if operator == "all_of" else any(has)
