"""Rules of the source tree that hold for every room, read from the code itself."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import docstring_parser
import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("installation", "visuals", "rnn", "messages", "midi_data")
MAX_MODULES_PER_ROOM = 14
MAX_STAGE_LINES = 200


def modules() -> list[Path]:
    """All modules of the five floors, relative to the root."""
    return [
        path.relative_to(ROOT)
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]


def test_files() -> list[Path]:
    """All test files, relative to the root."""
    return [path.relative_to(ROOT) for path in sorted((ROOT / "tests").rglob("test_*.py"))]


test_files.__test__ = False  # it collects files, it is no test


def benchmarks() -> list[Path]:
    """All benchmarks, relative to the root."""
    return [path.relative_to(ROOT) for path in sorted((ROOT / "benchmarks").glob("*.py"))]


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def defines_something(path: Path) -> bool:
    """Whether a module defines a function or class."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) for node in parse(path).body)


def expected_test(path: Path) -> Path:
    """Where the tests of a module lie."""
    if path.name == "__init__.py":
        return Path("tests") / path.parent.parent / f"test_{path.parent.name}.py"
    return Path("tests") / path.parent / f"test_{path.name}"


def test_each_module_has_a_test_file_of_its_name():
    present = set(test_files())
    wanted = {path: expected_test(path) for path in modules() if defines_something(path)}
    assert [str(path) for path, test in wanted.items() if test not in present] == []


def test_each_test_file_has_its_module():
    mirrored = {expected_test(path) for path in modules()}
    elsewhere = ("tests/end_to_end/", "tests/benchmarks/")
    stray = [str(test) for test in test_files() if test not in mirrored]
    assert [test for test in stray if not test.startswith(elsewhere)] == []


def test_no_room_has_too_many_modules():
    counts: dict[str, int] = defaultdict(int)
    for path in modules():
        counts[path.parent.as_posix()] += path.name != "__init__.py"
    large = {room: count for room, count in counts.items() if count > MAX_MODULES_PER_ROOM}
    assert large == {}


def test_a_class_name_stands_for_one_thing():
    homes: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(path.as_posix())
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def foreign_underscores(tree: ast.Module) -> Iterator[str]:
    """Private members of other objects that a test names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match(r"_[^_]", node.attr):
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls", "os", "sys")):
                yield f"{node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in (
            "setattr",
            "delattr",
        ):
            names = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
            yield from (
                f"{node.lineno}: {name!r}"
                for name in names
                if isinstance(name, str) and re.match(r"_[^_]", name.rpartition(".")[2])
            )
        elif (
            isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in FLOORS
        ):
            yield from (
                f"{node.lineno}: import {name.name}"
                for name in node.names
                if re.match(r"_[^_]", name.name)
            )


@pytest.mark.parametrize("path", test_files(), ids=str)
def test_no_test_reaches_into_another_objects_underscore(path):
    assert list(foreign_underscores(parse(path))) == []


def signal_handlers(tree: ast.Module) -> Iterator[tuple[int, ast.expr]]:
    """Second arguments of `signal.signal`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "signal.signal":
            yield node.lineno, node.args[1]


SAFE_HANDLER = re.compile(
    r"signal\.SIG_(IGN|DFL)|signal\.default_int_handler|(self\._)?(previous|before)"
)


def is_safe_statement(statement: ast.stmt) -> bool:
    """Whether a statement may stand in a signal handler: it sets an attribute or writes a byte."""
    if isinstance(statement, ast.Expr):
        code = ast.unparse(statement)
        return isinstance(statement.value, ast.Constant) or code.startswith("os.write(")
    if isinstance(statement, ast.Assign):
        return not any(isinstance(node, ast.Call) for node in ast.walk(statement))
    if isinstance(statement, ast.With):
        return all(map(is_safe_statement, statement.body)) and "suppress" in ast.unparse(
            statement.items[0]
        )
    if isinstance(statement, ast.If):
        return all(map(is_safe_statement, [*statement.body, *statement.orelse]))
    return isinstance(statement, ast.Raise | ast.Return | ast.Pass)


def test_signal_handlers_only_set_a_flag_or_write_a_byte():
    """A lock, an Event, a Timer or a log line in a handler can wait for the code it interrupted."""
    unsafe = []
    for path in modules():
        tree = parse(path)
        functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        }
        for line, handler in signal_handlers(tree):
            code = ast.unparse(handler)
            function = functions.get(code.rpartition(".")[2])
            does_nothing = isinstance(handler, ast.Lambda) and isinstance(
                handler.body, ast.Constant
            )
            if does_nothing or SAFE_HANDLER.fullmatch(code):
                continue
            if function is None or not all(map(is_safe_statement, function.body)):
                unsafe.append(f"{path}:{line}: {code}")
    assert unsafe == []


def dotted(path: Path) -> str:
    """The name a module is imported by."""
    parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
    return ".".join(parts)


def room_of(module: str) -> str:
    """The room of a module; a package is its own room."""
    package = ROOT.joinpath(*module.split("."), "__init__.py")
    return module if package.exists() else module.rpartition(".")[0]


def imports_between_rooms() -> Iterator[tuple[str, str, str]]:
    """Each name that a module imports from another room: importer, module, name."""
    names = {dotted(path) for path in modules()}
    for path in modules():
        here = dotted(path)
        for node in ast.walk(parse(path)):
            if not (isinstance(node, ast.ImportFrom) and node.module in names):
                continue
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                module = whole if whole in names else node.module
                if room_of(module) != room_of(here):
                    yield here, module, alias.name


def imported_modules(path: Path, names: set[str]) -> set[str]:
    """The modules of the house that a module imports, inside functions, too."""
    found: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole & names if whole <= names else {node.module, *whole}
    return found & names


def test_no_modules_import_each_other_in_a_circle():
    names = {dotted(path) for path in modules()}
    imports = {dotted(path): imported_modules(path, names) for path in modules()}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


VAGUE_CONSTANTS = {
    "PATIENCE", "RATE", "MOST", "LEAST", "LITTLE", "REMEMBERED", "ENOUGH", "REFRACTORY", "NEAR",
    "EVERY", "FORESEEN", "BRIGHTEST", "DEPTH", "TRIED", "UNMEASURED",
}  # fmt: skip
"""Names that tell neither what is counted nor its unit: TIMEOUT_S, SAMPLE_RATE_HZ, MAX_NOTES do."""


def test_constants_are_nouns_with_units():
    vague = []
    for path in [*modules(), *test_files(), *benchmarks()]:
        for node in parse(path).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in (name for each in targets for name in ast.walk(each)):
                if isinstance(target, ast.Name) and target.id.strip("_") in VAGUE_CONSTANTS:
                    vague.append(f"{path}:{node.lineno}: {target.id}")
    assert vague == []


ALLOWED_AT_IMPORT = ("PYGAME_HIDE_SUPPORT_PROMPT", "OPENBLAS_NUM_THREADS")
"""Variables that are read while a library is imported, and change nothing a visitor meets."""


def test_an_import_changes_no_environment():
    """A test that imports a benchmark would hand its environment to all later processes."""
    changes = [
        f"{path}:{node.lineno}"
        for path in [*modules(), *benchmarks()]
        for node in parse(path).body
        if isinstance(node, (ast.Expr, ast.Assign)) and "os.environ" in ast.unparse(node)
        if not any(name in ast.unparse(node) for name in ALLOWED_AT_IMPORT)
    ]
    assert changes == []


def test_no_c_library_calls_python_back():
    """It would wait for the interpreter, perhaps with a lock that its holder waits for."""
    calling = [str(path) for path in modules() if "FUNCTYPE" in (ROOT / path).read_text("utf-8")]
    assert calling == []


def test_nothing_imports_past_a_public_face():
    """The face of a room is what its `__init__` names in `__all__`: modules, and its own names."""
    past = set()
    for here, module, name in imports_between_rooms():
        room = room_of(module)
        face = getattr(import_module(room), "__all__", None)
        wanted = name if room == module else module.rpartition(".")[2]
        if room not in FLOORS and (face is None or wanted not in face):
            past.add(f"{here}: {module}.{name}")
    assert past == set()


def test_a_public_face_names_nothing_that_is_not_there():
    for path in modules():
        if path.name != "__init__.py" or len(path.parts) == 2:
            continue
        package = import_module(dotted(path))
        for name in package.__all__:
            assert hasattr(package, name) or import_module(f"{package.__name__}.{name}")


def own_names(path: Path) -> set[str]:
    """What a module defines, and what it gives on by its `__all__`."""
    tree, found = parse(path), set()
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)  # its own body defines nothing for the module
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        todo += ast.iter_child_nodes(node)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            found |= set(ast.literal_eval(statement.value))
    return found


def test_a_name_is_imported_from_where_it_is_defined():
    own = {dotted(path): own_names(path) for path in modules() if path.name != "__init__.py"}
    elsewhere = [
        f"{path}:{node.lineno}: {node.module}.{alias.name}"
        for path in [*modules(), *test_files(), *benchmarks()]
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and node.module in own
        for alias in node.names
        if alias.name not in own[node.module]
    ]
    assert elsewhere == []


def public_names() -> list[tuple[str, str]]:
    """Every class and function that another room imports."""
    return sorted(
        {(module, name) for _, module, name in imports_between_rooms() if not module.endswith(name)}
    )


def parameters_of(thing: object) -> set[str]:
    """Names a caller may pass."""
    if is_dataclass(thing):
        return {field.name for field in fields(thing) if field.init}
    return {name for name in inspect.signature(thing).parameters if name not in ("self", "cls")}


@pytest.mark.parametrize(("module", "name"), public_names())
def test_public_names_are_documented(module, name):
    thing = getattr(import_module(module), name, None)
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        return  # a constant, documented beside its definition
    text = inspect.getdoc(thing)
    assert text, f"{module}.{name} has no docstring"
    parsed = docstring_parser.parse(text, style=docstring_parser.DocstringStyle.NUMPYDOC)
    assert parsed.short_description
    if inspect.isclass(thing) and (
        issubclass(thing, BaseException) or hasattr(thing, "__members__")
    ):
        return
    if inspect.isclass(thing) and not is_dataclass(thing) and "__init__" not in vars(thing):
        return  # its base class, public as well, describes the constructor
    described = {
        one.strip(" *")
        for parameter in parsed.params
        for one in parameter.arg_name.split(",")
        if parameter.args[0] != "attribute"
    }
    attributes = {
        one.strip()
        for parameter in parsed.params
        for one in parameter.arg_name.split(",")
        if parameter.args[0] == "attribute"
    }
    missing = parameters_of(thing) - described - (attributes if is_dataclass(thing) else set())
    assert missing == set(), f"parameters without a description: {sorted(missing)}"
    assert described <= parameters_of(thing), "parameters described that do not exist"
    if inspect.isfunction(thing):
        annotation = thing.__annotations__.get("return")
        if annotation not in (None, "None", "NoReturn"):
            assert parsed.returns or parsed.many_returns, "what it returns is not described"


FORBIDDEN_IN_A_PICTURE = re.compile(
    r"os\.(fork|system|popen|posix_spawn|exec|spawn)\w*|(.*\.)?(ProcessPoolExecutor|load_checkpoint)"
)


def forbidden_in_a_picture(tree: ast.Module) -> Iterator[str]:
    """What only the import contracts cannot see: a loader of models, or a pool of processes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if node.module == "rnn.model.checkpoint":
                yield from (f"{node.lineno}: {name}" for name in names - {"Checkpoint"})
            elif node.module == "rnn.model" and "checkpoint" in names:
                yield f"{node.lineno}: checkpoint"
        elif isinstance(node, ast.Attribute | ast.Name):
            code = ast.unparse(node)
            if FORBIDDEN_IN_A_PICTURE.fullmatch(code):
                yield f"{node.lineno}: {code}"


def test_the_picture_loads_no_model_file_and_starts_no_process():
    """The type of a loaded model is known to it, its loader is not."""
    pictures = [path for path in modules() if path.parts[0] == "visuals"]
    found = {str(path): list(forbidden_in_a_picture(parse(path))) for path in pictures}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_stage_stays_small():
    tree = parse(Path("visuals/stage.py"))
    (stage,) = (
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Stage"
    )
    assert stage.end_lineno - stage.lineno < MAX_STAGE_LINES
