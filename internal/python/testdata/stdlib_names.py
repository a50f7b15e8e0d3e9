# Prints the table stdlib_names.txt: python3.11 stdlib_names.py > ../stdlib_names.txt
import sys, importlib, pkgutil, warnings, inspect
warnings.simplefilter("ignore")
skip = {"antigravity","this","idlelib","lib2to3","test","turtle","turtledemo","tkinter","ensurepip","pydoc_data","venv","distutils","msilib","__main__"}
mods = {}
# The modules whose computed names are known.
computed = {"urllib.parse": {"Quoter"}, "zoneinfo": {"TZPATH"}}
def add(name):
    try: m = importlib.import_module(name)
    except BaseException: return
    if hasattr(m, "__getattr__") and name not in computed: return
    names = {n for n in dir(m) if not n.startswith("__")}
    names |= computed.get(name, set())
    if hasattr(m, "__path__"):
        for s in pkgutil.iter_modules(m.__path__):
            if s.name.startswith("_") or s.name in ("test","tests"): continue
            names.add(s.name)
            add(name + "." + s.name)
    mods[name] = names
for n in sorted(sys.stdlib_module_names):
    if n.startswith("_") or n in skip: continue
    add(n)
mods["os.path"] = {n for n in dir(__import__("os.path").path) if not n.startswith("__")}
import datetime
for c in ("datetime","date","time","timedelta","timezone"):
    mods["datetime."+c] = {n for n in dir(getattr(datetime,c)) if not n.startswith("__")}
for name in sorted(mods):
    print(name, " ".join(sorted(mods[name])))
