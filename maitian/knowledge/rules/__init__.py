"""Pure decisions of the knowledge base: no Django, no clock."""
