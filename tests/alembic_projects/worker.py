"""Runs Alembic's command lines, one line of JSON each, and answers with one line of JSON."""

import contextlib
import io
import json
import logging
import sys
import traceback
import warnings

# Alembic keeps the standard output that it finds when it is imported.
answers, sys.stdout = sys.stdout, io.StringIO()
said = sys.stdout

from alembic.config import CommandLine  # noqa: E402

warnings.simplefilter("ignore")
for line in sys.stdin:
    said.seek(0)
    said.truncate()
    trouble, code = "", 0
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            CommandLine(prog="alembic").main(argv=json.loads(line))
        except SystemExit as error:
            code = int(error.code or 0) % 256
        except Exception:
            code, trouble = 1, traceback.format_exc()
        logging.shutdown()
    print(json.dumps({"code": code, "said": said.getvalue(), "traceback": trouble}), file=answers, flush=True)
