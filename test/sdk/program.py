"""Declares what the plan in the variable PLAN says, with the official package; its counterpart is program.ts.

    python program.py <address of the engine>
"""

import asyncio
import json
import os
import re
import sys

import pulumi
import pulumi.runtime
import pulumiverse_zitadel as zitadel
import pulumiverse_zitadel.config as config
from pulumi.runtime.settings import Settings
from pulumi.runtime.stack import run_in_stack

plan = json.loads(os.environ["PLAN"])
declared = {}


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def values(given):
    return {
        snake(name): pulumi.Output.secret(of["value"]) if of.get("secret") else of["value"]
        for name, of in given.items()
    }


def declare(resource):
    kind = getattr(zitadel, resource["kind"])
    options = pulumi.ResourceOptions(provider=declared[resource["provider"]]) if resource.get("provider") else None
    if resource.get("lookup"):
        return kind.get(resource["name"], resource["lookup"], opts=options, **values(resource["args"]))
    return kind(resource["name"], opts=options, **values(resource["args"]))


def program():
    for resource in plan["resources"]:
        try:
            declared[resource["name"]] = declare(resource)
        except TypeError as error:
            if not re.search("Missing required|missing .* required", str(error)):
                raise
    for function in plan["functions"]:
        getattr(zitadel, snake(function["name"]))(**values(function["args"]))
    zitadel.Provider("configured", **{snake(key): getattr(config, snake(key)) for key in plan["config"]})


address = sys.argv[1]
pulumi.runtime.configure(
    Settings(project="project", stack="stack", organization="organization", monitor=address, engine=address)
)
asyncio.new_event_loop().run_until_complete(run_in_stack(program))
