"""SMS by HTTP: the gateways of the big clouds, whose requests are signed and whose texts are registered templates (ADR 12)."""

from maitian.outreach.channels.cloud.gateway import CloudGateway

__all__ = ["CloudGateway"]
