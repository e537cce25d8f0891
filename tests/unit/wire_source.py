"""What proto/wire and the server's table of commands declare, read from the sources: messages, words, limits, errors, commands."""
import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIRE = ROOT / "proto/wire"
LIMITS = [ROOT / "proto/wire/limits.h", ROOT / "proto/transfer/engine.h"]

# What the documents call the structs that stand within messages.
OBJECTS = {"WireError": "error", "PutTarget": "target", "Put": "put", "FetchFrom": "fetch_from", "SessionInfo": "session_info",
           "PenaltyInfo": "penalty", "Attr": "attr", "Caller": "caller", "Change": "change", "Once": "once",
           "Stalls": "stalls",
           "ExecEnded": "ended", "DiscoveryQuestion": "question", "DiscoveryAnswer": "answer", "CopyReply": "copy_result",
           "MountReply": "mounted", "EntryReply": "entry", "AttrReply": "attributes", "OpenReply": "opened", "RemovedReply": "removed"}
SCALARS = {"bool": "flag", "std::string": "text", "Name": "name", "RemotePath": "path", "int": "i32",
           "std::uint16_t": "u16", "std::uint32_t": "u32", "std::uint64_t": "u64", "std::int64_t": "i64"}


@dataclasses.dataclass
class Member:
    name: str
    type: str      # in the words of the documents
    optional: bool
    default: str   # of an optional one; empty: none


@dataclasses.dataclass
class Message:
    name: str
    command: str = ""
    event: str = ""
    part: str = ""
    members: list = dataclasses.field(default_factory=list)


def text_of(path):
    """Without comments."""
    return re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))


def words():
    """{enum: its words}, from the tables that the enums are written and read with."""
    found = {}
    for path in WIRE.glob("*.cpp"):
        for table in re.findall(r"EnumWords<([\w:]+), \d+> \w+\{\s*\{(.*?)\}\};", text_of(path), re.DOTALL):
            found[table[0].replace("Announcement::Kind", "Kind").replace("Tailed::What", "Tailed.What")] = re.findall(r'"(\w+)"', table[1])
    found["FileType"] = re.findall(r'"(\w+)"', re.search(r"to_array<std::string_view>\(\{(.*?)\}\)", text_of(WIRE / "attributes.cpp"), re.DOTALL)[1])
    return found


def blocks(text):
    """(name, body) of each struct."""
    for begin in re.finditer(r"^struct (\w+) \{$", text, re.MULTILINE):
        end = re.compile(r"^\};$", re.MULTILINE).search(text, begin.end())
        yield begin[1], text[begin.end():end.start()]


def declarations(body):
    """{member: (C++ type, default)} of a struct."""
    found = {}
    body = re.sub(r"enum class \w+ : [\w:]+ \{.*?\};", "", body, flags=re.DOTALL)
    body = body[:body.index("static void fields")]
    for statement in body.split(";"):
        statement = " ".join(statement.split())
        if not statement or statement.startswith(("static ", "friend ")):
            continue
        match = re.match(r"((?:std::)?[\w:]+(?:<.*>)?) (.+)$", statement)
        for one in re.split(r", (?=\w+(?: =|,|$|\{))", match[2]):
            name, _, default = one.partition(" = ")
            found[name.rstrip("{}")] = (match[1], default)
    return found


def type_in_words(cpp, struct, enums):
    if match := re.fullmatch(r"std::optional<(.*)>", cpp):
        return type_in_words(match[1], struct, enums)
    if match := re.fullmatch(r"std::vector<std::optional<(.*)>>", cpp):
        return f"[{type_in_words(match[1], struct, enums)} or null]"
    if match := re.fullmatch(r"std::vector<(.*)>", cpp):
        return f"[{type_in_words(match[1], struct, enums)}]"
    if cpp in SCALARS:
        return SCALARS[cpp]
    if cpp in OBJECTS:
        return OBJECTS[cpp]
    enum = f"{struct}.{cpp}" if f"{struct}.{cpp}" in enums else cpp
    return "word: " + ", ".join(enums[enum])


def default_in_words(cpp, default):
    if "::" in default:
        return default.rpartition("::")[2]
    if default.startswith("{"):
        return f"[{default[1:-1]}]"
    if default:
        return default
    return {"std::string": '""', "Name": '""', "RemotePath": "/"}.get(cpp, "[]" if cpp.startswith("std::vector") else "")


def messages():
    """All of them; those of mounts have names that begin with fs."""
    enums, found = words(), []
    for path in sorted(WIRE.glob("*.h")):
        text = text_of(path)
        prefix = "fs." if "namespace dftp::fs {" in text else ""
        for name, body in blocks(text):
            if "static void fields" not in body:
                continue
            declared = declarations(body)
            message = Message(prefix + name)
            for key in ("command", "event", "part"):
                if match := re.search(rf'static constexpr std::string_view {key} = "([\w.]+)"', body):
                    setattr(message, key, match[1])
            if "Once::fields" in body:
                message.members.append(Member("once", "once", False, ""))
            for maybe, wire, own in re.findall(r'io(\.maybe)?\("(\w+)", self\.(\w+)\)', body):
                cpp, default = declared[own]
                message.members.append(Member(wire, type_in_words(cpp, name, enums), bool(maybe), default_in_words(cpp, default) if maybe else ""))
            found.append(message)
    return found


def handlers():
    """{handler: (reply's struct, request's struct)}."""
    found = {}
    for path, prefix in ((ROOT / "server/commands/handlers.h", ""), (ROOT / "server/mount/operations.h", "fs.")):
        for reply, handler, request in re.findall(r"Result<([\w:]+)>>? (\w+)\(\w+& \w+, const ([\w:]+)& request\);", text_of(path)):
            found[prefix + handler] = tuple(one if one.startswith("fs.") or one == "Empty" else prefix + one
                                            for one in (reply.replace("::", "."), request.replace("::", ".")))
    return found


@dataclasses.dataclass
class Command:
    reply: str
    request: str
    permission: str
    order: str


def commands():
    """{command: what the server's table says of it}."""
    known, signatures, found = {one.name: one for one in messages()}, handlers(), {}
    rows = re.findall(r"(?:mount_)?command<&(\w+)::(\w+)(?:, small)?>\(Permission::(\w+)(?:, \w+::(\w+))?", text_of(ROOT / "server/commands/table.cpp"))
    for space, handler, permission, order in rows:
        reply, request = signatures[("" if space == "commands" else "fs.") + handler]
        found[known[request].command] = Command(reply, request, permission, order or "any")
    return found


def limits():
    """{name: number of bytes, things or seconds}."""
    found = {"INT64_MAX": 2**63 - 1}
    for path in LIMITS:
        for statement in re.findall(r"^inline constexpr \w[\w:]* (.*?);", re.sub(r"\n    ", " ", text_of(path)), re.MULTILINE):
            for one in statement.split(", "):
                name, _, value = one.partition(" = ")
                value = re.sub(r"static_cast<[\w:]+>", "", value).replace("/", "//")
                value = re.sub(r"\b(\d+)(ms|s|h)\b", lambda match: f"({match[1]}{dict(ms='/1000', s='', h='*3600')[match[2]]})", value)
                found[name] = eval(value, {"__builtins__": {}}, found)
    del found["INT64_MAX"]
    return found


def codes():
    return re.findall(r'"(\w+)"', re.search(r"to_array<std::string_view>\(\{(.*?)\}\)", text_of(WIRE / "error.cpp"), re.DOTALL)[1])


def errnos():
    """{name of an error number: code}."""
    return dict(re.findall(r"\{(E\w+), Code::(\w+)\}", text_of(WIRE / "errno_map.cpp")))


def block_types():
    """{type of a block: (number, bytes of its payload at least, at most)}."""
    body = re.search(r"enum class BlockType : [\w:]+ \{(.*?)\};", text_of(WIRE / "block.h"), re.DOTALL)[1]
    numbers = {name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", body)}
    known = limits() | {"number_bytes": 8, "digest": limits()["digest_bytes"], "attach_bytes": 48, "written_attr_bytes": 36,
                       "announcement_head_bytes": 28, "max_announcement_bytes": 28 + 2 * (limits()["path_bytes"] + 1)}
    size = lambda text: eval(text.replace("limits::", ""), {"__builtins__": {}}, known)
    rows = re.findall(r'\{BlockType::(\w+),\s*"(\w+)",\s*[\w |]+,\s*([^,]+),\s*([^,}]+?)(?:,[^}]*)?\}', text_of(WIRE / "block.cpp"))
    assert all(name == word for name, word, *_ in rows) and len(rows) == len(numbers)
    return {name: (numbers[name], size(least), size(most)) for name, _, least, most in rows}
