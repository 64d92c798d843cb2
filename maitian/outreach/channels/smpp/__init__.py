"""SMS by SMPP 3.4: a client of our own (ADR 11), because a receipt may only be acknowledged when it is stored."""

from maitian.outreach.channels.smpp.gateway import SmppGateway

__all__ = ["SmppGateway"]
