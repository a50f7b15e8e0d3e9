@decorator
@other.one(1)[2]
class A(B, metaclass=M):
    x = y = lambda *a, b=1: (yield)

    async def f(self):
        async with a as b, c as (d, e): pass
        async for i in j: await i
        return [k async for k in l]

    def g(self):
        nonlocal_ = 1; global z; yield from z

match command.split():
    case ["go", ("north" | "south") as direction] if ok: pass
    case {"a": 1, "b": -2.5 + 3j, **rest}: pass
    case Point(0, y=None) | ns.Name: pass
    case [1, *_]: pass
    case str() | "x" "y": pass
    case _: pass
with (open(a) as f, open(b)): pass
with (a): pass
with (a, b) as c: pass
try: pass
except* E: pass
(x): int
x.y: int = 1
a, *b = *c, d
a @= b
assert x, "no"
from .. import *
from ...a.b import (c, d as e,)
import x.y as z, w
print(*a, b=1, *c, **d)
