"""The schema of Kumiki's JSON, as tests hold documents to it: more strictly than programs may, which
have to take fields that a later Kumiki adds."""

import json

import jsonschema
import kumiki_machine as km

SCHEMA = json.loads((km.TOP / "tools/schema/kumiki.schema.json").read_text(encoding="utf-8"))


def strict(schema):
    """The same, without fields that it doesn't name."""
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
    """An object; JSON allows a field twice, and readers don't agree on what it means."""
    assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


def document(text, kind):
    """The one document of this kind in a text, which has to be ASCII and whole lines."""
    assert text.isascii() and text.endswith("\n"), text[-200:]
    content = json.loads(text, object_pairs_hook=unique)
    assert content["document"] == kind
    whole = {"$ref": f"#/$defs/{OF_KIND[kind]}", "$defs": STRICT}
    validator = jsonschema.Draft202012Validator(whole)
    wrong = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(content)]
    assert not wrong, f"{wrong}\n{text[:2000]}"
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    return content
