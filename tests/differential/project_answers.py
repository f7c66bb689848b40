"""Prints what real Alembic answers about a project, a command a line, as JSON. `project.py` calls it.

usage: project_answers.py ALEMBIC_INI COMMANDS EACH

COMMANDS is a list of command lines (JSON); with EACH being `true`, `show` is asked for every revision too. Each command goes
through Alembic's own command line. The revision files are loaded once, not once a command.
"""

import functools
import io
import json
import sys
import traceback

answers = sys.stdout
# Before Alembic is imported: it keeps the stream that it finds then.
buffer = io.BytesIO()
sys.stdout = io.TextIOWrapper(buffer, encoding="utf-8", write_through=True)

from alembic.config import CommandLine, Config  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402

# Keyed by nothing: there is one configuration in this process.
load = functools.cache(ScriptDirectory.from_config.__func__)
script = None


def from_config(cls, config):
    global script
    if script is None:
        script = load(cls, config)
    return script


def run(command):
    buffer.seek(0)
    buffer.truncate()
    try:
        CommandLine("alembic").main(["-c", ini, *command])
        status = 0
    except SystemExit as end:
        status = (end.code or 0) & 0xFF
    except Exception as error:
        print(*traceback.format_exception_only(error), file=sys.stderr, end="")
        status = 1
    output = buffer.getvalue().decode("utf-8")
    print(json.dumps({"command": command, "status": status, "output": output}), file=answers, flush=True)


ini, commands, each = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
ScriptDirectory.from_config = classmethod(from_config)
for command in commands:
    run(command)
if each:
    try:
        revisions = [found.revision for found in ScriptDirectory.from_config(Config(ini)).walk_revisions()]
    except Exception:
        revisions = []
    for revision in revisions:
        run(["show", revision])
