try:
    1 / 0
except ZeroDivisionError as e:
    print('caught', e, type(e).__name__, e.args)
else:
    print('no')
finally:
    print('finally')
try:
    e
except NameError as x:
    print(x)
# ---
def f():
    try:
        return 1
    finally:
        print('cleanup')
def g():
    for i in range(3):
        try:
            continue
        finally:
            print('f', i)
def h():
    try:
        return 1
    finally:
        return 2
def k():
    while True:
        try:
            break
        finally:
            print('b')
print(f(), g(), h(), k())
# ---
class MyError(Exception):
    def __init__(self, code, msg):
        super().__init__(msg)
        self.code = code
try:
    raise MyError(5, 'bad')
except (KeyError, MyError) as e:
    print(e.code, e, repr(e), e.args)
class Plain(ValueError): pass
try:
    raise Plain
except ValueError as e:
    print(repr(e), str(e) == '')
try:
    raise Plain('a', 1)
except Plain as e:
    print(e, repr(e), e.args)
print(repr(KeyError('x')), str(KeyError('x')), str(ValueError('x')), repr(Exception()), str(OSError(2, 'no')))
# ---
try:
    try:
        raise KeyError('a')
    except KeyError as e:
        raise ValueError('b') from e
except ValueError as e:
    print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
try:
    try:
        raise KeyError('a')
    except KeyError:
        raise ValueError('b')
except ValueError as e:
    print(repr(e.__cause__), repr(e.__context__))
try:
    try:
        raise KeyError('a')
    except KeyError:
        raise ValueError('b') from None
except ValueError as e:
    print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
# ---
def f():
    try:
        raise ValueError('x')
    except ValueError:
        raise
try:
    f()
except ValueError as e:
    print('reraised', e)
try:
    raise
except RuntimeError as e:
    print(e)
try:
    raise 5
except TypeError as e:
    print(e)
try:
    raise int
except TypeError as e:
    print(e)
try:
    raise ValueError from 5
except TypeError as e:
    print(e)
try:
    try:
        raise ValueError
    except 5:
        pass
except TypeError as e:
    print(e)
# ---
def gen():
    try:
        yield 1
        yield 2
    finally:
        print('closed')
for x in gen():
    print(x)
    break
print('after')
# ---
raise ValueError('final')
# ---
raise KeyError('k')
# ---
class E(Exception): pass
raise E(1, 2)
# ---
raise SystemExit(3)
# ---
def f(): return undefined_name
f()
# ---
print(issubclass(KeyError, LookupError), issubclass(ZeroDivisionError, ArithmeticError), issubclass(Exception, BaseException), issubclass(SystemExit, Exception))
for name in ['ImportError', 'ModuleNotFoundError', 'OSError', 'IOError', 'RuntimeError', 'NotImplementedError', 'StopIteration', 'UnicodeDecodeError', 'RecursionError', 'TimeoutError']:
    c = globals()['__builtins__'][name] if False else None
print(IOError is OSError, ValueError.__name__, ValueError.__module__, ValueError.__mro__)
# ---
try:
    raise NotImplementedError
except RuntimeError as e:
    print(repr(e))
try:
    raise ValueError('a')
except Exception as e:
    e.add_note('n')
    print(e.__notes__)
try:
    [].x
except AttributeError as e:
    print(e.args)
try:
    try:
        1 / 0
    finally:
        print('inner finally')
except ZeroDivisionError:
    print('outer')
try:
    try:
        1 / 0
    except ValueError:
        print('wrong')
    else:
        print('wrong')
    finally:
        print('f')
except Exception as e:
    print(type(e))
# ---
class CM:
    def __init__(self, n, swallow=False): self.n, self.swallow = n, swallow
    def __enter__(self):
        print('enter', self.n)
        return self.n
    def __exit__(self, t, v, tb):
        print('exit', self.n, t and t.__name__, v)
        return self.swallow
with CM(1) as a, CM(2) as b:
    print(a, b)
with CM(1, True), CM(2):
    raise ValueError('x')
def f():
    with CM(3):
        return 'r'
print(f())
for i in range(2):
    with CM(i):
        continue
try:
    with CM(4):
        1 / 0
except ZeroDivisionError:
    print('out')
with (CM(5) as x, CM(6) as y):
    print(x + y)
# ---
def f(n):
    try:
        if n == 0: raise ValueError('zero')
        if n == 1: raise KeyError('one')
        return n
    except ValueError as e:
        return f'v {e}'
    except (KeyError, IndexError) as e:
        return f'k {e}'
    else:
        return 'else'
    finally:
        print('fin', n)
print([f(i) for i in range(3)])
# ---
try:
    try:
        raise ValueError('inner')
    finally:
        raise KeyError('outer')
except KeyError as e:
    print(repr(e), repr(e.__context__))
def nested():
    try:
        try:
            raise ValueError(1)
        except ValueError:
            try:
                raise TypeError(2)
            except TypeError as t:
                print(repr(t.__context__))
            raise
    except ValueError as v:
        print('v', v)
nested()
