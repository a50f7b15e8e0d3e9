"""Notes which of some lines run. A call is put before each statement that has one of
them, so that all other code runs as fast as without."""
import ast
import builtins

NAME = "__pdac_reached__"


class Reach:
    def __init__(self, lines):
        self._lines = {path: frozenset(n) for path, n in lines.items()}
        self._marks, self._new, self._code = [], {}, {}
        setattr(builtins, NAME, self._note)

    def _note(self, mark):
        entry = self._marks[mark]
        if entry is not None:
            self._marks[mark] = None
            path, lines = entry
            self._new.setdefault(path, set()).update(lines)

    def compiled(self, text, path):
        """Compiles a file, with calls if it has lines to note."""
        wanted = self._lines.get(path)
        if wanted:
            tree = ast.parse(text, path)
            self._code.setdefault(path, set())
            self._mark(tree, path, wanted)
            return compile(tree, path, "exec", dont_inherit=True)
        return compile(text, path, "exec", dont_inherit=True)

    def _mark(self, node, path, wanted):
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            children = getattr(node, field, None)
            if not isinstance(children, list):
                continue
            out = []
            for child in children:
                if isinstance(child, ast.stmt):
                    lines = own_lines(child) & wanted
                    if lines and not idle(child):
                        self._code[path] |= lines
                        out.append(self._call(child, path, lines))
                self._mark(child, path, wanted)
                out.append(child)
            setattr(node, field, out)

    def _call(self, at, path, lines):
        self._marks.append((path, lines))
        call = ast.Call(func=ast.Name(id=NAME, ctx=ast.Load()), args=[ast.Constant(value=len(self._marks) - 1)], keywords=[])
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(value=call), at))

    def take(self):
        """Returns the lines that ran and those that can run, as far as they are new."""
        out = tuple({path: sorted(lines) for path, lines in d.items() if lines} for d in (self._new, self._code))
        self._new, self._code = {}, {}
        return out


def idle(s):
    """Reports whether a statement does nothing, or must stay the first one."""
    if isinstance(s, ast.Expr):
        return isinstance(s.value, ast.Constant)
    return isinstance(s, ast.ImportFrom) and s.module == "__future__"


def own_lines(s):
    """Returns the lines of a statement without those of the statements in it."""
    first = min([s.lineno] + [d.lineno for d in getattr(s, "decorator_list", ())])
    inner = getattr(s, "body", None) or getattr(s, "cases", None)
    if isinstance(inner, list) and inner:
        at = inner[0]
        start = at.pattern.lineno if hasattr(at, "pattern") else min([at.lineno] + [d.lineno for d in getattr(at, "decorator_list", ())])
        return frozenset(range(first, max(start, s.lineno + 1)))
    return frozenset(range(first, s.end_lineno + 1))
