"""Slips: small changes of a right version's source that anybody can make, found by trying them all.

A bracket, a sign, a term left out, two lines in the wrong order, `max` for `mean`: no task has to write them
down. What a slip's message says is true of the numbers, whatever the code looks like.
"""

import ast
import inspect
import sys
import textwrap

OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
STRICT = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
TURNED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.NotEq,
          ast.NotEq: ast.Eq}
ALIKE = [{"mean", "median", "sum", "min", "max", "std", "var"}, {"argmin", "argmax"}, {"any", "all"},
         {"cos", "sin"}, {"sqrt", "square", "abs"}, {"exp", "log"}, {"isfinite", "isnan", "isinf"}]
COUNTING = ("range", "arange", "linspace")

SIGN = "a sign", "A plus stands where a minus belongs, or the other way round: look for it in {}."
QUOTIENT = "product or quotient", ("You multiply where you should divide, or the other way round: look for it"
                                   " in {}.")
LEFT_OUT = "left out", "A term or a factor is missing: look for it in {}."
BRACKETS = "brackets", "Check your brackets: look for them in {}."
EQUAL = "equal or not", "A comparison treats equal numbers the wrong way: look for it in {}."
TURN = "comparison turned", "A comparison is the wrong way round: look for it in {}."
OFF = "off by one", ("A number is off by one: look for it in {}. Where does a count, a loop or a slice begin,"
                     " and where does it end?")
AXIS = "wrong axis", "You go along the wrong axis: look for it in {}. What is a row, and what a column?"
ORDER = "order of lines", "As if two lines had changed places: look for them in {}. What has to come first?"
MISSING = "a line missing", "As if a line were missing: see {}. What have you not done yet?"


def slips(function, kinds):
    """[(name, message, changed function), ...] for a plain function that has a source, else [].

    kinds is {argument: kind}: an argument may stand in the place of another of its kind, an array also in
    that of a local name. {} in a message stands for the results that are wrong. Nothing is changed inside of
    `while`, which might not end.
    """
    if not inspect.isfunction(function) or function.__closure__:
        return []
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        return []
    if getattr(tree.body[0], "name", "") != function.__name__:  # a lambda's source is the line it stands in
        return []
    tree.body[0].decorator_list, made = [], {}
    for holder, key, node in places(tree.body[0]):
        for name, message, new in [*other_expressions(node), *other_names(node, kinds), *other_lines(node)]:
            holder[key] = new
            made.setdefault(ast.unparse(tree), (name, message))
            holder[key] = node
    return [(name, message, compiled(function, source)) for source, (name, message) in made.items()]


def compiled(function, source):
    space = dict(vars(sys.modules[function.__module__]))
    exec(compile(source, f"<{function.__qualname__}, with a slip>", "exec"), space)
    return space[function.__name__]


def places(function):
    """(holder, key, node) for every node in the body of a function: it stands at holder[key]."""
    waiting = [(vars(function), "body", function.body)]
    while waiting:
        holder, key, node = waiting.pop()
        if isinstance(node, ast.While):
            continue
        yield holder, key, node
        if isinstance(node, list):
            waiting += [(node, i, part) for i, part in enumerate(node)]
        else:
            waiting += [(vars(node), field, part) for field, part in ast.iter_fields(node)
                        if isinstance(part, (ast.AST, list)) and field not in ("targets", "target")]


# ---- (name, message, new node) for what a node may become

def other_expressions(node):
    if isinstance(node, ast.BinOp):
        yield from of_two(node.left, node.op, node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in OPPOSITE:
        yield *opposite(node.op), ast.AugAssign(node.target, OPPOSITE[type(node.op)](), node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield *(SIGN if isinstance(node.op, ast.USub) else TURN), node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kinds, words in ((STRICT, EQUAL), (TURNED, TURN)):
            if type(node.ops[0]) in kinds:
                yield *words, ast.Compare(node.left, [kinds[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Slice):
        for field in ("lower", "upper"):
            for moved in one_off(getattr(node, field)):
                yield *OFF, ast.Slice(**{**vars(node), field: moved})
    elif isinstance(node, ast.Call):
        yield from of_call(node)


def of_two(left, op, right):
    if type(op) in OPPOSITE:
        yield *opposite(op), ast.BinOp(left, OPPOSITE[type(op)](), right)
    yield *LEFT_OUT, left
    yield *LEFT_OUT, right
    if isinstance(right, ast.BinOp):  # a / (b + c) becomes a / b + c, and 1 - b**t becomes (1 - b)**t
        yield *BRACKETS, ast.BinOp(ast.BinOp(left, op, right.left), right.op, right.right)
    if isinstance(left, ast.BinOp):
        yield *BRACKETS, ast.BinOp(left.left, left.op, ast.BinOp(left.right, op, right))
    if of_numpy(left):  # np.sqrt(r) + eps becomes np.sqrt(r + eps)
        yield *inside(left), ast.Call(left.func, [ast.BinOp(left.args[0], op, right)], [])
    if of_numpy(right):
        yield *inside(right), ast.Call(right.func, [ast.BinOp(left, op, right.args[0])], [])


def of_call(node):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if of_numpy(node):
        yield f"{name} left out", f"`{name}`, or what it does, is missing: look for it in {{}}.", node.args[0]
        if isinstance(node.args[0], ast.BinOp):  # np.sqrt(r + eps) becomes np.sqrt(r) + eps
            left, op, right = node.args[0].left, node.args[0].op, node.args[0].right
            yield *inside(node), ast.BinOp(ast.Call(node.func, [left], []), op, right)
            yield *inside(node), ast.BinOp(left, op, ast.Call(node.func, [right], []))
    for other in sorted({other for group in ALIKE if name in group for other in group} - {name}):
        if isinstance(node.func, ast.Attribute):  # np.mean(x) or x.mean()
            array = [] if getattr(node.func.value, "id", "") == "np" else [node.func.value]
            function = ast.Attribute(ast.Name("np", ast.Load()), other, ast.Load())
            yield (f"{other} for another", f"The numbers of {{}} are those of `{other}`. Is it asked for?",
                   ast.Call(function, array + node.args, node.keywords))
    for i, argument in enumerate(node.args if name in COUNTING else ()):
        for moved in one_off(argument):
            yield *OFF, ast.Call(node.func, [*node.args[:i], moved, *node.args[i + 1:]], node.keywords)
    for i, word in enumerate(node.keywords):
        if word.arg == "axis" and isinstance(word.value, ast.Constant) and word.value.value in (0, 1):
            turned = ast.keyword("axis", ast.Constant(1 - word.value.value))
            yield *AXIS, ast.Call(node.func, node.args, [*node.keywords[:i], turned, *node.keywords[i + 1:]])


def other_names(node, kinds):
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other, kind in kinds.items():
            if other != node.id and kind == kinds.get(node.id, "array"):
                yield (f"{other} in one place", f"In one place `{other}` stands where something else belongs:"
                       " look for it in {}.", ast.Name(other, ast.Load()))


def other_lines(node):
    if not isinstance(node, list) or len(node) < 2 or not all(isinstance(line, ast.stmt) for line in node):
        return
    for i, line in enumerate(node):
        if not isinstance(line, (ast.Return, ast.Expr)):
            yield *MISSING, node[:i] + node[i + 1:]
            if i + 1 < len(node) and not isinstance(node[i + 1], ast.Return):
                yield *ORDER, [*node[:i], node[i + 1], line, *node[i + 2:]]


def opposite(op):
    return SIGN if isinstance(op, (ast.Add, ast.Sub)) else QUOTIENT


def one_off(node):
    return [ast.BinOp(node, ast.Add(), ast.Constant(by)) for by in (1, -1)] if node else []


def of_numpy(node):
    """Whether this is a call like np.sqrt(x), of one argument."""
    return (isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
            and isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "np")


def inside(call):
    name = call.func.attr
    return (f"inside or outside of {name}", f"Something stands inside of `{name}` that belongs outside, or"
            " the other way round: look for it in {}.")
