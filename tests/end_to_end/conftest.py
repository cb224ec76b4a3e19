"""Writes the table of the fault matrix below a run that made it."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.end_to_end.fault_table import Outcome, table

KEY = "outcome"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [one for key in ("passed", "failed") for one in terminalreporter.stats.get(key, [])]
    outcomes = [
        msgspec.convert(value, Outcome)
        for report in reports
        if getattr(report, "when", "") == "call"
        for key, value in report.user_properties
        if key == KEY
    ]
    if outcomes:
        terminalreporter.section("faults")
        terminalreporter.write_line(table(outcomes, datetime.now(UTC).date()))
