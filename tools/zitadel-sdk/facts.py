"""Reads the facts of the ZITADEL provider's resources out of its official Python package.

    python3 facts.py pulumiverse_zitadel-0.2.0-py3-none-any.whl Action,MachineKey getTriggerActions

prints them as JSON (its shape is `Facts` in facts.ts). The package is generated from the provider's schema, so
its syntax tree holds what every other language's package must send: nothing of it is imported or run. What this
reader does not know (an alias, a default taken from the environment, an input that is always secret) stops it:
a fact that is left out would be a resource that works in one language only.
"""

import ast
import json
import re
import sys
import zipfile

SCALARS = {"str": "string", "bool": "boolean", "int": "integer", "float": "number"}


def main(wheel, resources, functions):
    archive = zipfile.ZipFile(wheel)

    def source(name):
        return archive.read(f"pulumiverse_zitadel/{name}").decode()

    def tree(name):
        return ast.parse(source(name))

    plugin = json.loads(source("pulumi-plugin.json"))
    registered = registered_modules(tree("__init__.py"))
    facts = {
        "name": plugin["name"],
        "version": plugin["version"],
        "pluginDownloadURL": download_url(tree("_utilities.py")),
        "config": config_keys(tree("config/vars.py")),
        "provider": resource(tree("provider.py"), "Provider"),
        "resources": [
            {**resource(tree(snake(name) + ".py"), name), "module": registered[name]} for name in resources
        ],
        "functions": [function(tree(snake(name) + ".py"), name) for name in functions],
    }
    if plugin["server"] != facts["pluginDownloadURL"]:
        raise SystemExit("pulumi-plugin.json and _utilities.py name different download URLs")
    text = json.dumps(facts, indent=2)
    # The formatter of the repository keeps short lists on one line.
    sys.stdout.write(re.sub(r"\[\s+(\"[^\[\]{}:]*\")\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text) + "\n")


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def resource(module, name):
    """`name` as declared in its module: inputs from its Args class, outputs from its readable properties."""
    args = class_named(module, name + "Args")
    body = class_named(module, name)
    set_up = function_named(body, "_internal_init")
    text = ast.unparse(set_up)
    for unknown in ("Output.secret", "Alias(", "get_env", "replace_on_changes"):
        if unknown in text:
            raise SystemExit(f"{name}: {unknown} is not understood")

    wire = wire_names(args)
    signature = keyword_arguments(function_named(args, "__init__"))
    described = {wire[key]: doc for key, doc in getter_docs(args).items()}
    inputs = {
        wire[key]: {"type": type_of(inner(annotation)), "required": required, "description": described[wire[key]]}
        for key, (annotation, required) in signature.items()
    }
    for key in re.findall(r"__dict__\['(\w+)'\] = .*to_json", text):
        inputs[wire[key]]["json"] = True

    outputs = {}
    for key, (wire_name, returns, doc) in getters(body).items():
        inner_type, required = unwrap_optional(inner(returns))
        outputs[wire_name] = {"type": type_of(inner_type), "required": required, "description": doc}

    secrets = re.search(r"additional_secret_outputs=(\[.*?\])", text)
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name == f"_{name}State":
            if set(wire_names(node).values()) != set(outputs):
                raise SystemExit(f"{name}: a lookup takes other properties than the resource has")
    return {
        "name": name,
        "token": token(set_up),
        "description": first_paragraph(function_named(body, "__init__")),
        "inputs": by_name(inputs),
        "outputs": by_name(outputs),
        "secretOutputs": ast.literal_eval(secrets.group(1)) if secrets else [],
    }


def function(module, name):
    """An invoke; which inputs must be given is told only by the signature of its Output form."""
    call = function_named(module, snake(name))
    lifted = keyword_arguments(function_named(module, snake(name) + "_output"))
    lifted.pop("opts")
    wire = dict(
        (argument, key) for key, argument in re.findall(r"__args__\['(\w+)'\] = (\w+)", ast.unparse(call))
    )
    documented = parameter_docs(ast.get_docstring(call))
    result = class_named(module, name[0].upper() + name[1:] + "Result")
    outputs = {}
    for wire_name, returns, doc in getters(result).values():
        inner_type, required = unwrap_optional(returns)
        outputs[wire_name] = {"type": type_of(inner_type), "required": required, "description": doc}
    inputs = {}
    for key, (annotation, _) in lifted.items():
        inner_type, required = unwrap_optional(inner(annotation))
        inputs[wire[key]] = {"type": type_of(inner_type), "required": required, "description": documented[key]}
    return {
        "name": name,
        "token": re.search(r"pulumi\.runtime\.invoke\('([^']+)'", ast.unparse(call)).group(1),
        "description": first_paragraph(call),
        "inputs": by_name(inputs),
        "outputs": by_name(outputs),
    }


def by_name(properties):
    return [{"name": name, **properties[name]} for name in sorted(properties)]


def token(set_up):
    """The type that the constructor hands to the base class, which puts the provider's into its own family."""
    call = [node for node in ast.walk(set_up) if isinstance(node, ast.Call)]
    return next(n.args[0].value for n in call if n.args and isinstance(n.args[0], ast.Constant) and len(n.args) == 4)


def class_named(module, name):
    return next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name)


def function_named(parent, name):
    """Of overloads the first, which has the documentation."""
    return next(node for node in parent.body if isinstance(node, ast.FunctionDef) and node.name == name)


def keyword_arguments(definition):
    """name -> (annotation without its outer Optional, whether it must be given)"""
    arguments = definition.args
    names = arguments.kwonlyargs or arguments.args
    return {a.arg: unwrap_optional(a.annotation) for a in names if a.annotation is not None}


def getters(body):
    """Python name -> (name on the wire, annotation, description) of a class's readable properties."""
    found = {}
    for node in body.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        marks = [ast.unparse(mark) for mark in node.decorator_list]
        getter = next((mark for mark in marks if mark.startswith("pulumi.getter")), None)
        if getter is None:
            continue
        named = re.search(r"name='(\w+)'", getter)
        found[node.name] = (named.group(1) if named else node.name, node.returns, description(node))
    return found


def wire_names(body):
    return {key: wire_name for key, (wire_name, _, _) in getters(body).items()}


def getter_docs(body):
    return {key: doc for key, (_, _, doc) in getters(body).items()}


def unwrap_optional(annotation):
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Optional":
        return annotation.slice, False
    return annotation, True


def inner(annotation):
    """T of pulumi.Input[T] and pulumi.Output[T]."""
    assert ast.unparse(annotation.value) in ("pulumi.Input", "pulumi.Output"), ast.unparse(annotation)
    return annotation.slice


def type_of(annotation):
    text = ast.unparse(annotation)
    if text in SCALARS:
        return SCALARS[text]
    items = re.fullmatch(r"Sequence\[(?:pulumi\.Input\[(\w+)\]|(\w+))\]", text)
    if items is None:
        raise SystemExit(f"the type {text} is not understood")
    return {"items": SCALARS[items.group(1) or items.group(2)]}


def description(node):
    return prose(ast.get_docstring(node) or "")


def first_paragraph(node):
    return prose((ast.get_docstring(node) or "").split("\n\n")[0])


def parameter_docs(text):
    return {key: prose(doc) for key, doc in re.findall(r":param \S+ (\w+): (.*)", text)}


def prose(text):
    """One line; names of enum values, which the package shows as FLOW*TYPE*X, as they are."""
    return re.sub(r"(?<=[A-Z])\*(?=[A-Z])", "_", " ".join(text.split()))


def config_keys(module):
    found = re.findall(r"__config__\.(get\w*)\('(\w+)'\)", ast.unparse(module))
    kinds = {"get": "string", "get_bool": "boolean"}
    return [{"name": key, "type": kinds[getter]} for getter, key in sorted(found, key=lambda pair: pair[1])]


def download_url(utilities):
    return function_named(utilities, "get_plugin_download_url").body[0].value.value


def registered_modules(package):
    register = next(n for n in ast.walk(package) if isinstance(n, ast.Call) and "register" in ast.unparse(n.func))
    modules = json.loads(next(k.value.value for k in register.keywords if k.arg == "resource_modules"))
    return {name: entry["mod"] for entry in modules for name in entry["classes"].values()}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(","))
