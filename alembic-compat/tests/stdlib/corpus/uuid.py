import uuid
u = uuid.UUID('12345678-1234-5678-1234-567812345678')
print(u, repr(u), u.hex, u.int, u.bytes, u.bytes_le, u.urn, u.version, u.variant, u.fields, u.time_low, u.time_mid, u.node, int(u), hash(u) == hash(uuid.UUID(u.hex)))
for v in ['{12345678123456781234567812345678}', 'urn:uuid:12345678-1234-5678-1234-567812345678', '12345678123456781234567812345678', 'FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF']:
    print(uuid.UUID(v), uuid.UUID(v) == u, uuid.UUID(v).version)
print(uuid.UUID(int=1), uuid.UUID(bytes=b'0123456789abcdef'), uuid.UUID(bytes_le=b'0123456789abcdef'), uuid.UUID(hex='0' * 32), uuid.UUID(int=5, version=4), uuid.UUID('12345678' * 4, version=4))
print(uuid.uuid5(uuid.NAMESPACE_DNS, 'python.org'), uuid.uuid3(uuid.NAMESPACE_URL, 'http://x'), uuid.uuid5(uuid.NAMESPACE_OID, 'ä'), uuid.NAMESPACE_X500)
print(u < uuid.UUID(int=2**127), sorted([uuid.UUID(int=3), uuid.UUID(int=1)]), u == str(u), u != 1, {u: 1}[uuid.UUID(u.hex)], isinstance(u, uuid.UUID), bool(uuid.UUID(int=0)), f'{u}', '%s' % u, str(u)[:8], u.hex[-12:])
for f in [lambda: uuid.UUID('x'), lambda: uuid.UUID(), lambda: uuid.UUID(int=-1), lambda: uuid.UUID(bytes=b'x'), lambda: uuid.UUID('g' * 32), lambda: uuid.UUID(None), lambda: u < 1, lambda: uuid.UUID(5)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
x = uuid.uuid4()
print(x.version, x.variant, len(str(x)), x != uuid.uuid4(), type(x), len(uuid.uuid4().hex), uuid.uuid1().version)
class Mine(uuid.UUID):
    pass
m = Mine('12345678-1234-5678-1234-567812345678')
print(m == u, repr(m), str(m), isinstance(m, uuid.UUID))
# ---
import hashlib
for name in ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']:
    h = getattr(hashlib, name)(b'hello')
    h.update(b' world')
    print(name, h.hexdigest(), h.digest()[:4], h.digest_size, h.block_size, h.name, hashlib.new(name, b'hello world').hexdigest() == h.hexdigest(), h.copy().hexdigest() == h.hexdigest())
print(hashlib.md5('ä'.encode()).hexdigest(), hashlib.sha256().hexdigest(), hashlib.md5(b'x', usedforsecurity=False).hexdigest())
for f in [lambda: hashlib.md5('x'), lambda: hashlib.sha1(5)]:
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
