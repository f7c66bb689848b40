"""Runs cases of several files with real Python: cases on standard input and what they print on
standard output, each ended by a NUL. A file begins at a line `# file PATH`; `main.py` is run."""

import contextlib
import io
import os
import sys
import tempfile
import traceback
import unittest.mock
import warnings


def run(case):
    known = set(sys.modules)
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as directory:
        for part in case.split("# file ")[1:]:
            path, _, text = part.partition("\n")
            path = os.path.join(directory, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        sys.path.insert(0, directory)
        sys.path_importer_cache.clear()
        with contextlib.redirect_stdout(out):
            try:
                with open(os.path.join(directory, "main.py")) as file:
                    names = {"__name__": "revision"}
                    exec(compile(file.read(), "main.py", "exec"), names)
            except BaseException as error:
                out.write("".join(traceback.format_exception_only(type(error), error)).rstrip("\n"))
        sys.path.pop(0)
    for name in set(sys.modules) - known:
        if "." in name or not hasattr(sys.modules[name], "__file__") or directory in (sys.modules[name].__file__ or directory):
            del sys.modules[name]
    return out.getvalue()


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    # A package that limbeck does not know.
    for name in ("unknown_package", "unknown_package.web"):
        sys.modules[name] = unittest.mock.MagicMock(Thing=object)
    for case in sys.stdin.buffer.read().decode().split("\0")[:-1]:
        sys.stdout.write(run(case) + "\0")
