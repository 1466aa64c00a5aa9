#!/usr/bin/env python3
"""Makes src/validation/imports/python.txt: the public names of Python's standard library.

    python3 tools/stdlib_tables.py [--typeshed DIR] INTERPRETER...

Each interpreter (python3.6 or newer, oldest first) imports every module of its own standard library and lists what
it has. A name counts as known when any of them has it. Names that only Windows or macOS have come from typeshed
(Apache License 2.0; DIR is its `stdlib` folder, as in the wheel of mypy).

A line of the table is a module and its names: `module name name<10 ..`. `name<10` is gone since Python 3.10,
`module<12` is gone since 3.12, and `*` stands for a module that could not be listed.
"""

import argparse
import ast
import json
import pathlib
import subprocess
import sys

OUT = pathlib.Path(__file__).parent.parent / "src" / "validation" / "imports" / "python.txt"

DUMP = r"""
import contextlib, importlib, io, json, os, pkgutil, sys, sysconfig, warnings
warnings.simplefilter("ignore")
skipped = ("test", "idlelib", "turtledemo", "lib2to3", "ensurepip", "antigravity", "this", "site", "__main__")
names = set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names)
folder = sysconfig.get_paths()["stdlib"]
if not hasattr(sys, "stdlib_module_names"):
    for place in (folder, os.path.join(folder, "lib-dynload")):
        names |= {m.name for m in pkgutil.iter_modules([place])}
names -= {"site-packages"}
table, todo = {}, sorted(n for n in names if not n.startswith("_"))
while todo:
    name = todo.pop(0)
    top = name.split(".")[0]
    if any(part.startswith("_") or part in ("tests", "test", "__main__") for part in name.split(".")[1:]):
        continue
    if top in skipped:
        table[name] = None
        continue
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            module = importlib.import_module(name)
    except BaseException:
        table[name] = None
        continue
    found = set(dir(module)) | set(getattr(module, "__all__", ()))
    if hasattr(module, "__path__"):
        inner = [m.name for m in pkgutil.iter_modules(module.__path__)]
        found |= set(inner)
        todo += [name + "." + i for i in inner]
    table[name] = sorted(n for n in found if not n.startswith("_"))
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "platform": sys.platform, "minor": sys.version_info[1],
                  "table": table}))
"""


# Names that only `__getattr__` of a module gives, with a warning, are in no list.
PROBE = r"""
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
found = {}
for name, names in json.load(sys.stdin).items():
    module = importlib.import_module(name)
    found[name] = [n for n in names if hasattr(module, n)]
print(json.dumps(found))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--typeshed", type=pathlib.Path)
    parser.add_argument("interpreters", nargs="*", default=[sys.executable])
    arguments = parser.parse_args()
    dumps = [dump(interpreter) for interpreter in arguments.interpreters]
    dumps.sort(key=lambda one: one["minor"])
    probe(dumps)
    stubs = typeshed(arguments.typeshed) if arguments.typeshed else {}
    OUT.write_text("\n".join([*head(dumps, stubs), *lines(dumps, stubs)]) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


def dump(interpreter):
    answer = subprocess.run([interpreter, "-I", "-c", DUMP], capture_output=True, check=True, timeout=600)
    return {**json.loads(answer.stdout.splitlines()[-1]), "interpreter": interpreter}


def probe(dumps):
    """Adds to each table the names of older versions that the module still gives when asked."""
    before = {}
    for one in dumps:
        lost = {module: sorted(before.get(module, set()) - set(names)) for module, names in one["table"].items() if names}
        lost = {module: names for module, names in lost.items() if names}
        answer = subprocess.run([one["interpreter"], "-I", "-c", PROBE], input=json.dumps(lost), capture_output=True,
                                check=True, timeout=600, text=True)
        for module, names in json.loads(answer.stdout.splitlines()[-1]).items():
            one["table"][module] += names
        for module, names in one["table"].items():
            before.setdefault(module, set()).update(names or ())


def head(dumps, stubs):
    versions = ", ".join(one["version"] for one in dumps)
    platforms = ", ".join(sorted({one["platform"] for one in dumps}))
    yield f"# Made by tools/stdlib_tables.py from Python {versions} on {platforms}."
    if stubs:
        yield "# Names of other platforms and of newer versions: typeshed (Apache License 2.0)."


def lines(dumps, stubs):
    newest = dumps[-1]["table"]
    modules = sorted({name for one in dumps for name in one["table"]} | set(stubs))
    for module in modules:
        listed = [(one["minor"], one["table"][module]) for one in dumps if module in one["table"]]
        gone = ""
        # typeshed keeps what only older versions have.
        if module not in newest and listed:
            gone = f"<{max(minor for minor, _ in listed) + 1}"
        names = {}
        for minor, found in listed:
            for name in found or ():
                names[name] = minor
        last = dumps[-1]["minor"]
        known = stubs.get(module, set())
        if not names and not known:
            yield f"{module} *"
            continue
        complete = any(found is not None for _, found in listed) or known
        words = []
        for name in sorted(set(names) | known):
            minor = names.get(name, last)
            there = gone or minor == last or newest.get(module) is None
            words.append(name if there else f"{name}<{minor + 1}")
        yield f"{module}{gone} {' '.join(words) if complete else '*'}"


def typeshed(folder):
    """Every name that a stub binds at its top level, under whatever condition."""
    found = {}
    for path in sorted(folder.rglob("*.pyi")):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if not parts or any(part.startswith("_") for part in parts) or parts[0] == "typing_extensions":
            continue
        tree = ast.parse(path.read_text())
        found[".".join(parts)] = bound(tree, folder) | exported(tree)
    for module in list(found):
        if "." in module:
            around, _, name = module.rpartition(".")
            found.setdefault(around, set()).add(name)
    return found


def bound(node, folder):
    names = set()
    for child in node.body if hasattr(node, "body") else []:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(child.name)
        elif isinstance(child, (ast.Assign, ast.AnnAssign)):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(child, ast.Import):
            names |= {alias.name for alias in child.names if alias.asname == alias.name}
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                if alias.name == "*" and child.level == 0:
                    names |= starred(child.module, folder)
                elif alias.asname == alias.name:
                    # In a stub, only this gives the name to others.
                    names.add(alias.name)
        elif isinstance(child, (ast.If, ast.Try)):
            names |= bound(child, folder)
            names |= bound(ast.Module(body=child.orelse, type_ignores=[]), folder)
    return {name for name in names if not name.startswith("_") and name != "*"}


def exported(tree):
    """The names in `__all__`."""
    lists = [node for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.AugAssign))]
    targets = [(node.targets[0] if isinstance(node, ast.Assign) else node.target, node.value) for node in lists]
    named = [value for target, value in targets if isinstance(target, ast.Name) and target.id == "__all__"]
    texts = [part.value for value in named for part in ast.walk(value) if isinstance(part, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and not text.startswith("_")}


def starred(module, folder):
    base = folder.joinpath(*module.split("."))
    for path in (base.with_suffix(".pyi"), base / "__init__.pyi"):
        if path.exists():
            return bound(ast.parse(path.read_text()), folder)
    return set()


if __name__ == "__main__":
    main()
