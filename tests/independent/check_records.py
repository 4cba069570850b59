"""Check that medical records come back as they went in: each resource's text, byte for byte.

Given are the bundles that were published, and a folder with the texts of their documents as
`piaolian record get --save` wrote them. Each entry of each bundle must stand in one text, equal in
every byte; a visit's text holds what names the visit, and the rest tells how the bundle is put
together again. It imports the standard library alone.

    python check_records.py FOLDER BUNDLE.json...      exit 0, or 5 and what differs
"""

# ruff: noqa: T201
import json
import sys
from collections import Counter
from pathlib import Path

BLANKS = " \t\r\n"
READER = json.JSONDecoder(parse_float=str, parse_int=str)


def skip(text, at):
    while text[at] in BLANKS:
        at += 1
    return at


def members(text, at=0):
    """Return the raw text of each member of the object that begins at a place."""
    found, at = {}, skip(text, at)
    assert text[at] == "{", "no object"
    at = skip(text, at + 1)
    while text[at] != "}":
        key, at = READER.raw_decode(text, at)
        at = skip(text, skip(text, at) + 1)
        _, end = READER.raw_decode(text, at)
        assert key not in found, "a key stands twice"
        found[key] = text[at:end]
        at = skip(text, end)
        at = skip(text, at + 1) if text[at] == "," else at
    return found


def elements(text):
    """Return the raw text of each element of a list."""
    found, at = [], skip(text, 1)
    while text[at] != "]":
        _, end = READER.raw_decode(text, at)
        found.append(text[at:end])
        at = skip(text, end)
        at = skip(text, at + 1) if text[at] == "," else at
    return found


def name_of(entry):
    resource = json.loads(members(entry)["resource"])
    return f"{resource['resourceType']}/{resource['id']}"


def read(file):
    """Return the members of a file's object, nothing of its text changed."""
    return members(Path(file).read_bytes().decode())


def visit_of(entry, visits):
    """Return the one visit of the bundle that an entry names, if it names one."""
    resource = json.loads(members(entry)["resource"])
    if resource["resourceType"] == "Encounter":
        return name_of(entry)
    named = [resource.get("encounter"), *(resource.get("context") or {}).get("encounter", [])[:1]]
    named += [e for item in resource.get("item") or [] for e in item.get("encounter") or []]
    told = {visits.get(one["reference"]) for one in named if one}
    return told.pop() if len(told) == 1 else None


def visits_of(entries):
    """Return the names of a bundle's visits by all that may refer to them."""
    found = {}
    for entry in entries:
        name = name_of(entry)
        if name.startswith("Encounter/"):
            full = json.loads(members(entry).get("fullUrl", '""'))
            found |= dict.fromkeys((name, f"urn:uuid:{name[10:]}", full), name)
    return found


def check(bundles, texts):
    """Check bundles against the texts of their documents, each given as its members.

    Returns:
        How many resources of each type came back byte for byte, and what is wrong.
    """
    where, faults = {}, []
    for number, text in enumerate(texts):
        for entry in elements(text["entry"]):
            where.setdefault(name_of(entry), []).append((number, entry))
    counts = Counter()
    rests = [text for text in texts if text["form"] == '"fhir-rest-1"']
    for bundle in bundles:
        entries = elements(bundle["entry"])
        names, visits = [name_of(entry) for entry in entries], visits_of(entries)
        for name, entry in zip(names, entries, strict=True):
            found = where.pop(name, [])
            place = found[0][0] if found else -1
            if [text for _, text in found] != [entry]:
                faults.append(f"{name}: stands {len(found)} times, or says something else")
            elif not is_at_home(entry, texts[place], visits):
                faults.append(f"{name}: in the text of another visit")
            else:
                counts[name.partition("/")[0]] += 1
        if not any(is_rest(text, bundle, names) for text in rests):
            faults.append(f"{names[0]}: the bundle cannot be put together again")
    return counts, faults + [f"{name}: in no bundle" for name in where]


def is_at_home(entry, text, visits):
    visit = visit_of(entry, visits)
    if visit is None:
        return text["form"] == '"fhir-rest-1"'
    inside = [name_of(one) for one in elements(text["entry"])]
    return text["form"] == '"fhir-visit-1"' and visit in inside


def is_rest(text, bundle, names):
    own = {key: value for key, value in bundle.items() if key != "entry"}
    return members(text["bundle"]) == own and json.loads(text["order"]) == names


if __name__ == "__main__":
    folder, *files = sys.argv[1:]
    texts = [read(file) for file in sorted(Path(folder).iterdir())]
    counts, faults = check([read(file) for file in files], texts)
    for type_, count in sorted(counts.items()):
        print(f"{count:6} {type_}")
    print("\n".join([*faults[:20], f"{counts.total()} resources, {len(faults)} faults"]))
    sys.exit(5 if faults or not counts else 0)
