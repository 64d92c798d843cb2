"""What clients said about articles, when two records of one person become one."""

from __future__ import annotations

from maitian.clients import merging

merging.register(
    merging.rows(
        "knowledge.feedback", ("对知识的评价", "answers about articles"), "knowledge_feedback",
        unless="EXISTS (SELECT 1 FROM knowledge_feedback y WHERE y.client_id = %(survivor)s AND y.article_id = x.article_id"
        " AND y.version = x.version)",
    )
)  # fmt: skip
