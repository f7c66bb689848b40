from decimal import *
D = Decimal
for s in ['0', '1', '-1', '1.10', '-0', '0.00', '1E+3', '1e-7', '123456789012345678901234567890.123', '0.000001', '0.0000001', '.5', '5.', ' 1 ', '1_000', 'Infinity', '-inf', 'NaN', '1E-10', '12E5', '0E3', '0E-10']:
    v = D(s); print(s, repr(v), str(v), bool(v), v.adjusted() if v.is_finite() else '', v.is_zero(), v.is_signed(), v.is_finite(), v.is_nan(), v.is_infinite())
print(D(5), D(-3), D(1.5), D(0.1), D(10**30), D(True), D(D('1.0')), D((1, (1, 2, 3), -2)), D(), D.from_float(0.25), D(1e22), D(5e-324) == 5e-324)
a, b = D('10.50'), D('3')
print(a + b, a - b, a * b, a / b, a // b, a % b, a ** 2, -a, +a, abs(-a), a + 1, 1 + a, 2 * a, 10 / b, 10 - a, 7 // b, -7 // b, D(-7) % 3, D(7) % -3, divmod(a, b), a ** 0, D(2) ** 10, D('1.1') ** 3)
print(D(1) / D(3), D(2) / D(3), D(1) / D(8), D(100) / D(10), D('1.00') / D('2'), D(1) / D(7), D('0') / 5, D(22) / 7, D(1) / D('1e10'), D('9999999999999999999999999999') + 1, D('99999999999999999999999999995') + 0, D('1.2345678901234567890123456785') * 1, D('1e20') + D('1e-20'), D(10) / 4)
print(a == 10.5, a == D('10.5'), a > b, a < 11, D('1.0') == 1, D('0.1') == 0.1, hash(D('1.0')) == hash(1), hash(D('0.5')) == hash(0.5), {D('1.50'): 'x'}[D('1.5')], D('NaN') == D('NaN'), D('inf') > 10**100, max(a, b), sorted([a, b, D(1)]), sum([a, b]), D('2.5') in [2.5], D(3) != 3, D('1e3') == 1000)
print(D('2.675').quantize(D('0.01')), D('2.665').quantize(D('.01')), D('2.5').quantize(D('1')), D('3.5').quantize(D('1')), D('-2.5').quantize(D('1'), rounding=ROUND_HALF_UP), D('2.1').quantize(D('1'), ROUND_UP), D('2.9').quantize(D('1'), ROUND_DOWN), D('-2.1').quantize(D(1), ROUND_FLOOR), D('2.1').quantize(D(1), ROUND_CEILING), D('2.5').quantize(D(1), ROUND_HALF_DOWN), D('5').quantize(D('0.001')), D('1e5').quantize(D(1)), D('2.05').quantize(D('.1'), ROUND_05UP), D('123.456').quantize(D('1e1')), D('0.0000001').quantize(D(1), ROUND_UP))
print(round(D('2.5')), round(D('3.5')), round(D('2.675'), 2), round(D('1234.5'), -2), int(D('3.9')), int(D('-3.9')), float(D('1.25')), D('100.00').normalize(), D('1200').normalize(), D('0.00').normalize(), D('1.10').as_tuple(), D('2.5').to_integral_value(), D('2.4').to_integral_value(ROUND_UP), D('-0.0').copy_abs(), str(D('5.0').copy_negate()))
import math; print(math.floor(D('2.7')), math.ceil(D('2.1')), math.trunc(D('-2.7')), type(round(D('1.5'))).__name__, type(round(D('1.5'), 1)).__name__)
print(f'{a:.2f}', f'{a:.1f}', f'{a}', f'{a:>10}', f'{D("1234567.891"):,.2f}', '%s' % a, '%.2f' % a, f'{a:+.3f}', f'{D("0.005"):.2f}', f'{D("-1.5"):08.2f}', f'{D(5):f}', f'{D(1234):,}', f'{a:<8}|', f'{a:^9}|', str(D('1E+2')), f'{D("1E+2"):f}', f'{D("1e-3"):.5f}')
for f in [lambda: D('abc'), lambda: D(1) / 0, lambda: D(0) / 0, lambda: D(1) // 0, lambda: D(1) % 0, lambda: a + 1.5, lambda: a + 'x', lambda: D(None), lambda: D([1]), lambda: D('1e30').quantize(D(1)), lambda: a < 'x', lambda: int(D('NaN')), lambda: D('')]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e, isinstance(e, ArithmeticError), isinstance(e, ZeroDivisionError))
import json
try: json.dumps(a)
except TypeError as e: print(e)
print(json.dumps({'a': a}, default=str), isinstance(a, Decimal), type(a), json.loads('1.10', parse_float=Decimal))
