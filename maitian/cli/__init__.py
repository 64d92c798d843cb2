"""The command ``maitian``: starting and stopping, and the doors to the rooms' own commands."""
