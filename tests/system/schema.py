"""Checks documents against the schema of Kumiki's JSON. Tests are stricter than programs, which have to accept fields of a
later Kumiki."""

import json

import jsonschema
import kumiki_machine as km

SCHEMA = json.loads((km.TOP / "tools/schema/kumiki.schema.json").read_text(encoding="utf-8"))


def strict(schema):
    """The schema, with no fields allowed that it doesn't name."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if closed.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


STRICT = strict(SCHEMA)["$defs"]
OF_KIND = {one["properties"]["document"]["const"]: name for name, one in STRICT.items()
           if "document" in one.get("properties", {})}


def unique(pairs):
    """An object without repeated fields: JSON allows them, but readers don't agree on the meaning."""
    assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


def document(text, kind):
    """The only document of this kind in a text of ASCII and whole lines."""
    assert text.isascii() and text.endswith("\n"), text[-200:]
    content = json.loads(text, object_pairs_hook=unique)
    assert content["document"] == kind
    whole = {"$ref": f"#/$defs/{OF_KIND[kind]}", "$defs": STRICT}
    validator = jsonschema.Draft202012Validator(whole)
    wrong = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(content)]
    assert not wrong, f"{wrong}\n{text[:2000]}"
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    return content
