"""Stubs and stand-ins for the project's Python, where limbeck hands a revision to it: the same that real Alembic gets."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import standins  # noqa: E402

sys.path.pop(0)
_order = json.loads(os.environ.get("LIMBECK_PROJECTS_STUBS", "null"))
if _order:
    standins.install(_order["stubs"], _order["standins"])
