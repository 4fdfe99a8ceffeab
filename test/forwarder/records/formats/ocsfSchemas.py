"""Writes the JSON schemas of OCSF's classes into a folder: <version>-<class uid>-<profiles>.json."""

import json
import sys

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

CLASSES = {
    "authentication": 3002,
    "account_change": 3001,
    "user_access": 3005,
    "entity_management": 3004,
    "base_event": 0,
}

folder, *versions = sys.argv[1:]
for version in versions:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version))
    for name, uid in CLASSES.items():
        for profiles in [], ["host"]:
            path = f"{folder}/{version}-{uid}-{','.join(profiles)}.json"
            with open(path, "w", encoding="utf-8") as file:
                json.dump(schema.get_class_schema(name, profiles), file)
