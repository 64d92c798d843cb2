"""Pure decisions of the desk: states, clocks, forms, routing, authority. No Django, no clock of their own."""
