"""The guide of the dialects: its configurations are valid, and its worked example does what its tests say."""

import importlib.util
import json
import re
import textwrap
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from collector.dialects import NotUnderstoodError, Told
from deploy.configuration import parse

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "deploy" / "docs" / "dialects.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy" / "vigie.toml").read_text(encoding="utf-8")
RECEIVED = datetime(2026, 11, 23, 8, 12, 9, tzinfo=UTC)
TESTS = "import json\nfrom datetime import UTC\n\nimport pytest\n\n"


def blocks(language: str) -> list[str]:
    return [textwrap.dedent(block) for block in re.findall(rf" *```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)]


def test_each_configuration_of_the_guide_translates_the_message_it_is_for() -> None:
    dialects = parse(tomllib.loads(EXAMPLE + "\n".join(blocks("toml")))).dialects()
    messages = re.findall(r"`(\{\"event.*?\})`", GUIDE)
    told = []
    for device, message in zip(("borne-1", "orchestra"), messages, strict=True):
        dialect = dialects.choose("aube", "sud", device)
        assert dialect
        found = dialect.translate(message.encode(), RECEIVED)
        assert isinstance(found, Told)
        told.append((found.type, json.loads(found.data)))
    assert told == [
        ("ticket.issued", {"ticket": "20261123-A012", "number": "A012", "queue": "sejour"}),
        ("ticket.issued", {"ticket": "7-315", "number": "A012", "queue": "sejour"}),
    ]


def test_the_worked_example_does_what_its_tests_say(tmp_path: Path) -> None:
    module, tests = blocks("python")
    path = tmp_path / "lines.py"
    path.write_text(module + TESTS + tests, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("lines", path)
    assert spec
    assert spec.loader
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    specified = [test for name, test in vars(example).items() if name.startswith("test_")]
    assert len(specified) == 3
    for test in specified:
        test()
    assert issubclass(example.NotUnderstoodError, NotUnderstoodError)
