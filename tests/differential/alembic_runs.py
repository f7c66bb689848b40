"""Runs commands through Alembic's own functions, with neither files nor a database."""

import types
import warnings

from alembic.runtime.migration import HeadMaintainer
from alembic.script.base import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import CommandError
from sqlalchemy import Column, MetaData, String, Table

VERSION_TABLE = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def script(revision: dict) -> Script:
    """A revision as Alembic would have loaded it from `<id>_x.py`."""
    module = types.ModuleType(revision["id"], doc=f"rev {revision['id']}")
    module.down_revision = tuple(revision["down"]) or None
    module.depends_on = tuple(revision["deps"]) or None
    module.branch_labels = tuple(revision["labels"]) or None
    module.upgrade = types.FunctionType((lambda: None).__code__, {}, "upgrade")
    module.downgrade = types.FunctionType((lambda: None).__code__, {}, "downgrade")
    return Script(module, revision["id"], f"{revision['id']}_x.py")


class InMemoryDirectory(ScriptDirectory):
    """A script directory whose revisions were never files."""

    def __init__(self, revisions: list[dict]):
        self.revision_map = RevisionMap(lambda: [script(revision) for revision in revisions])


class NoDatabase:
    """The migration context as HeadMaintainer needs it: rows are kept by HeadMaintainer itself, statements go nowhere."""

    as_sql = True
    _version = VERSION_TABLE
    version_table = VERSION_TABLE.name

    def __init__(self):
        self.impl = self

    def _exec(self, statement):
        return None


class Project:
    """One revision graph, and commands on it."""

    def __init__(self, revisions: list[dict]):
        self.directory = InMemoryDirectory(revisions)
        self.map = self.directory.revision_map
        self.ids = [revision["id"] for revision in revisions]
        self.map._revision_map  # load now: the properties below are filled by it

    def facts(self) -> dict:
        """What holds for the graph before any command."""
        scripts = [self.map.get_revision(id_) for id_ in self.ids]
        return {
            "heads": list(self.map.heads),
            "real_heads": list(self.map._real_heads),
            "bases": list(self.map.bases),
            "branches": {s.revision: sorted(s.branch_labels) for s in scripts},
            "branchpoints": [s.revision for s in scripts if s.is_branch_point],
            "mergepoints": [s.revision for s in scripts if s.is_merge_point],
        }

    def run(self, command: str, arguments: list[str], rows: tuple[str, ...]) -> dict:
        """What `alembic <command> <arguments>` does on a database with these rows."""
        case = {
            "command": command,
            "targets": arguments,
            "rows_before": list(rows),
            "ok": False,
            "error": None,
            "crashed": False,
            "warnings": [],
            "steps": [],
            "revisions": None,
        }
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                getattr(self, command)(case, arguments, rows)
                case["ok"] = True
            except CommandError as refusal:
                case["error"] = str(refusal)
            except Exception as crash:
                # At the command line this is a traceback. The message may hold object addresses: keep the kind only.
                case["error"] = type(crash).__name__
                case["crashed"] = True
        case["warnings"] = [str(warning.message) for warning in caught]
        return case

    def upgrade(self, case, arguments, rows):
        self._apply(case, rows, self.directory._upgrade_revs(arguments[0], rows))

    def downgrade(self, case, arguments, rows):
        self._apply(case, rows, self.directory._downgrade_revs(arguments[0], rows))

    def stamp(self, case, arguments, rows):
        self._apply(case, rows, self.directory._stamp_revs(tuple(arguments), rows))

    def resolve(self, case, arguments, rows):
        """As `alembic show` does it."""
        case["revisions"] = [found.revision for found in self.directory.get_revisions(arguments[0])]

    def current(self, case, arguments, rows):
        """The rows and the heads they imply; Alembic has no order here."""
        case["revisions"] = sorted(found.revision for found in self.directory.get_all_current(rows))

    def history(self, case, arguments, rows):
        """As `alembic history -r lower:upper` does it, `current` standing for all rows."""
        lower, upper = (rows if bound == "current" else bound for bound in arguments[0].split(":"))
        walked = self.directory.walk_revisions(base=lower or "base", head=upper or "heads")
        case["revisions"] = [found.revision for found in walked]

    def _apply(self, case, rows, steps):
        maintainer = HeadMaintainer(NoDatabase(), rows)
        for step in steps:
            maintainer.update_to_step(step)
            case["steps"].append(
                {
                    "revision": getattr(getattr(step, "revision", None), "revision", None),
                    "direction": step.name.removesuffix("_revision"),
                    "line": step.short_log,
                    "rows_after": sorted(maintainer.heads),
                }
            )
