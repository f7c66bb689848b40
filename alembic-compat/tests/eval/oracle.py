"""Runs Python programs as the interpreter's tests expect: programs on standard input and their
outputs on standard output, each ended by a NUL. A program that ends in an exception adds the last
line of the traceback to its output."""

import contextlib
import io
import sys
import traceback
import types


def run(source):
    out = io.StringIO()
    module = types.ModuleType("__main__")
    module.__file__ = "program.py"
    sys.modules["__main__"] = module
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(source, "program.py", "exec"), module.__dict__)
        except BaseException as error:
            out.write("".join(traceback.format_exception_only(type(error), error)).rstrip("\n"))
    return out.getvalue()


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    programs = sys.stdin.buffer.read().decode().split("\0")[:-1]
    for program in programs:
        sys.stdout.write(run(program) + "\0")
