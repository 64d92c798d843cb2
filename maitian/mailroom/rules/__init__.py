"""Pure decisions about a mail: what it says, what of it is new, why it is held. No Django, no clock, no network."""
