"""Campaigns: a goal, an audience frozen at the start, groups, a graph of steps, and what came of it (docs/campaigns.md)."""
