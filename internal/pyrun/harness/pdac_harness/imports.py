"""Where the imports of detections come from: the standard library, then what the
harness brings, then the repository's globals, and last the packages of this Python."""
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


def compiled(text, path):
    """Compiles a file. sides.py replaces this by what also notes which lines run."""
    return compile(text, path, "exec", dont_inherit=True)


def load(name, path, text):
    """Runs Python of the repository as a module of its own."""
    m = ModuleType(name)
    m.__file__ = path
    exec(compiled(text, path), m.__dict__)
    return m


class Globals:
    """Finds the repository's globals by id."""

    def __init__(self, sources):
        self._sources = sources

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self, origin=self._sources[name][0]) if name in self._sources else None

    def create_module(self, spec):
        return None

    def exec_module(self, m):
        path, text = self._sources[m.__name__]
        m.__file__ = path
        exec(compiled(text, path), m.__dict__)


class Brought:
    """Finds the packages that are part of the harness."""

    def __init__(self, folder):
        self._path = [folder]

    def find_spec(self, name, path=None, target=None):
        return PathFinder.find_spec(name, self._path) if name in ("dateutil", "six") else None


class Installed:
    """Finds what is installed for this Python. Only a test that needs it pays for that."""

    def __init__(self):
        self.used = False

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.stdlib_module_names:
            return None  # one of another system
        if not self.used:
            self.used = True
            import site

            site.main()
        return PathFinder.find_spec(name, path, target)

    def folders(self):
        return [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")] if self.used else None


def install(sources, folder):
    installed = Installed()
    sys.meta_path += [Brought(folder), Globals(sources), installed]
    return installed
