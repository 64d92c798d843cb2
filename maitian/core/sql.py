"""Statements written by hand where Django's own cost too much: rows in binary, plans that are kept, objects from rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def binary_rows(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query in the binary format: half the bytes and no decoding where columns are encrypted.

    On Django's own connection, in its transaction; parameters are bound by the server, so give them casts.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, parameters, binary=True)
        return list(cursor.fetchall())


def prepared(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement returns that the database parses and plans once for a connection: for what nearly every request runs.

    On Django's own connection, in its transaction. Parameters are bound by the server, so give them casts; the plan
    knows nothing of their values, so not for statements whose best plan depends on them.
    """
    connection.ensure_connection()
    driver = connection.connection
    with connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        # Django switches this off for its own statements, which are never the same text twice.
        before, driver.prepare_threshold = driver.prepare_threshold, 0
        try:
            cursor.execute(sql, parameters, prepare=True)
        finally:
            driver.prepare_threshold = before
        if connection.queries_logged:
            connection.queries_log.append({"sql": sql, "time": "0"})
        return list(cursor.fetchall())


class ModelColumns(Generic[M]):
    """All columns of a model in a query that is written by hand, and the object made from them.

    For what every request asks: building such a query from a queryset takes several times as long as answering it.
    ``text`` is for the list of columns, ``width`` how many values of a row are this model's.
    """

    def __init__(self, model: type[M], alias: str) -> None:
        fields = model._meta.concrete_fields
        self._model = model
        self._names = [field.attname for field in fields]
        self._readers = [
            (place, reader) for place, field in enumerate(fields) for reader in field.get_db_converters(connection)
        ]  # fmt: skip
        self.text = ", ".join(f"{alias}.{connection.ops.quote_name(str(field.column))}" for field in fields)
        self.width = len(fields)

    def read(self, values: Sequence[Any]) -> M:
        """The object of the values, in the columns' order."""
        found = list(values)
        for place, reader in self._readers:
            found[place] = reader(found[place], None, connection)
        return self._model.from_db(connection.alias, self._names, found)
