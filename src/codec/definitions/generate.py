#!/usr/bin/env python3
"""Writes xrpl.rs and xahau.rs, the field tables of the two ledgers, from published definitions.

Needs python3 with pip, and npm. Run it in this folder after raising a version below, or after adding
to supplement.json what no package has yet:

    python3 generate.py && cargo fmt --check && cargo test --lib codec

Sources are read in the order given. The first one to name a field, or to use a code, wins; the later
ones only fill in what has been retired since, because old transactions still carry it.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent

NPM, PYPI = "npm", "PyPI"
SOURCES = {
    "xrpl": [
        (NPM, "ripple-binary-codec", "2.11.0", "package/dist/enums/definitions.json"),
        (PYPI, "xrpl-py", "5.2.0", "xrpl/core/binarycodec/definitions/definitions.json"),
        (NPM, "ripple-binary-codec", "2.5.0", "package/dist/enums/definitions.json"),
        (NPM, "ripple-binary-codec", "2.1.0", "package/dist/enums/definitions.json"),
        (NPM, "ripple-binary-codec", "0.2.7", "package/distrib/npm/enums/definitions.json"),
    ],
    "xahau": [
        (PYPI, "xahau-py", "3.0.0", "xahau/core/binarycodec/definitions/definitions.json"),
        (NPM, "xrpl-binary-codec-prerelease", "9.0.0", "package/dist/enums/definitions-xahau.json"),
    ],
}
TITLES = {"xrpl": "the XRP Ledger", "xahau": "Xahau"}

# Types of the binary format; what older definitions called them.
KINDS = {
    1: "UInt16", 2: "UInt32", 3: "UInt64", 4: "Hash128", 5: "Hash256", 6: "Amount", 7: "Blob",
    8: "AccountID", 9: "Number", 10: "Int32", 11: "Int64", 14: "STObject", 15: "STArray",
    16: "UInt8", 17: "Hash160", 18: "PathSet", 19: "Vector256", 20: "UInt96", 21: "Hash192",
    22: "Hash384", 23: "Hash512", 24: "Issue", 25: "XChainBridge", 26: "Currency",
}
RENAMED = {"UInt384": "Hash384", "UInt512": "Hash512"}
RUST_NAMES = {"AccountID": "AccountId", "STObject": "Object", "STArray": "Array"}
LENGTH_PREFIXED = {"Blob", "AccountID", "Vector256"}
ENUMS = {
    "TRANSACTION_TYPES": 0xFFFF,
    "LEDGER_ENTRY_TYPES": 0xFFFF,
    "TRANSACTION_RESULTS": 0xFF,
    "GRANULAR_PERMISSIONS": 0xFFFF_FFFF,
}


def definitions(registry, package, version, member, folder):
    """The definitions file inside one published package."""
    if registry == NPM:
        command = ["npm", "pack", "--silent", f"{package}@{version}"]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{package}=={version}"]
    target = Path(tempfile.mkdtemp(dir=folder))
    subprocess.run(command, cwd=target, check=True, stdout=subprocess.DEVNULL)
    (archive,) = target.iterdir()
    if registry == NPM:
        with tarfile.open(archive) as files:
            return json.load(files.extractfile(member))
    with zipfile.ZipFile(archive) as files:
        return json.loads(files.read(member))


def tables(raw):
    """Fields as {(type, number): name} and the enumerations, of one definitions file."""
    numbers = {name: number for number, name in KINDS.items()}
    fields = {}
    for name, info in raw["FIELDS"]:
        kind = RENAMED.get(info["type"], info["type"])
        # Names in lower case are servers' additions, which never stand in the binary format.
        if info["isSerialized"] and kind in numbers and name[0].isupper() and "EndMarker" not in name:
            assert info["isVLEncoded"] == (kind in LENGTH_PREFIXED), name
            fields[numbers[kind], info["nth"]] = name
    return {"FIELDS": fields, **{key: raw.get(key, {}) for key in ENUMS}}


def supplement(raw):
    """The same of one ledger's part of supplement.json."""
    numbers = {name: number for number, name in KINDS.items()}
    fields = raw.get("FIELDS", {})
    codes = {(numbers[kind], nth): name for kind, names in fields.items() for name, nth in names.items()}
    return {"FIELDS": codes, **{key: raw.get(key, {}) for key in ENUMS}}


def merged(all_tables):
    fields, enums = {}, {key: {} for key in ENUMS}
    for table in all_tables:
        known = set(fields.values())
        for code, name in table["FIELDS"].items():
            if code not in fields and name not in known:
                fields[code] = name
        for key, limit in ENUMS.items():
            known = set(enums[key].values())
            for name, code in table[key].items():
                # Negative codes and the placeholder "Invalid" never stand in a ledger.
                if 0 <= code <= limit and code not in enums[key] and name not in known:
                    if not (key == "LEDGER_ENTRY_TYPES" and code == 0):
                        enums[key][code] = name
    return fields, enums


def rows(pairs):
    """`(1, "Name"),` as many to a line as fit."""
    lines, line = [], "       "
    for number, name in pairs:
        item = f' ({number}, "{name}"),'
        if len(line) + len(item) > 100:
            lines.append(line)
            line = "       "
        line += item
    return "\n".join([*lines, line])


def rust(ledger, sources, fields, enums):
    origin = [f"//! * {registry} {package} {version}" for registry, package, version, _ in sources]
    out = [
        f"//! Field table of {TITLES[ledger]}, written by `generate.py` from the sources below.",
        "//! @generated",
        "//!",
        "//! * supplement.json",
        *origin,
        "",
        "use super::{Kind, Table};",
        "",
        "#[rustfmt::skip]",
        "pub(super) const TABLE: Table = Table {",
        "    fields: &[",
    ]
    for number, kind in KINDS.items():
        of_kind = sorted((nth, name) for (code, nth), name in fields.items() if code == number)
        if of_kind:
            out += [f"    (Kind::{RUST_NAMES.get(kind, kind)}, &[", rows(of_kind), "    ]),"]
    out.append("    ],")
    for key in ENUMS:
        values = sorted(enums[key].items())
        out += [f"    {key.lower()}: &[", rows(values), "    ],"] if values else [f"    {key.lower()}: &[],"]
    return "\n".join([*out, "};", ""])


def main():
    extra = json.loads((HERE / "supplement.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        for ledger, sources in SOURCES.items():
            published = [tables(definitions(*source, folder)) for source in sources]
            fields, enums = merged([supplement(extra[ledger]), *published])
            (HERE / f"{ledger}.rs").write_text(rust(ledger, sources, fields, enums))
            counts = ", ".join(f"{len(values)} {key.lower()}" for key, values in enums.items())
            print(f"{ledger}.rs: {len(fields)} fields, {counts}")


if __name__ == "__main__":
    main()
