"""The blind search words of a record, from everything by which it can be found."""

from __future__ import annotations

from maitian.clients import rules
from maitian.clients.models import ContactPoint, FundAccount, PersonalData
from maitian.core.privacy import tokens


def reindex(client_id: int) -> None:
    """The blind search words of a record, anew from its name, accounts, numbers and addresses."""
    person = PersonalData.objects.get(pk=client_id)
    words: set[str] = set()
    points = ContactPoint.objects.filter(client_id=client_id)
    accounts = list(FundAccount.objects.filter(client_id=client_id).values_list("number", flat=True))
    words.update(rules.search_words(str(person.name), accounts, "", "", str(person.id_number)))
    for point in points:
        words.update(
            {str(point.value), str(point.value)[-4:]} if point.kind == "phone" else {str(point.value)}
        )
    person.search_tokens = tokens(words)
    person.save(update_fields=["search_tokens"])
