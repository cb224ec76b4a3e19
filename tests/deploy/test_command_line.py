"""The command line: its exit statuses, and errors that are one sentence on stderr."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.command_line import main
from tests.build import at
from tests.end_to_end.running import Answer, Running, configuration, figures, said, vigie, waited
from tests.servers import Postgres, free_port, until

NOWHERE = "postgresql://vigie@127.0.0.1:{port}/vigie?sslmode=disable"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Its database and broker are at ports where nobody listens."""
    port = free_port()
    return configuration(tmp_path, broker=f"mqtt://127.0.0.1:{port}", dsn=NOWHERE.format(port=port))


def assert_one_sentence(answer: Answer, *words: str) -> None:
    assert answer.status == 2
    assert answer.out == ""
    assert "Traceback" not in answer.err
    # click's own refusals come after a line of usage
    sentence = answer.err.strip().splitlines()[-1]
    assert sentence.startswith(("vigie: ", "Error: ")), answer.err
    for word in words:
        assert word in sentence


def test_help_lists_every_command_with_what_it_does() -> None:
    answer = said("--help")
    assert answer.status == 0
    listed = {line.split()[0]: line.split()[1:] for line in answer.out.partition("Commands:")[2].splitlines() if line}
    assert set(listed) == set(main.commands)
    assert set(listed) >= {"demo", "run", "collect", "watch", "check", "migrate", "replay", "figures", "quarantine"}
    assert all(listed.values())


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help(command: str) -> None:
    answer = said(command, "--help")
    assert answer.status == 0
    assert answer.out.startswith(f"Usage: vigie {command}")


@pytest.mark.parametrize("command", ["run", "collect", "watch", "check", "migrate"])
def test_a_configuration_that_is_not_there_is_named(tmp_path: Path, command: str) -> None:
    answer = said(command, "--config", str(tmp_path / "nowhere.toml"))
    assert_one_sentence(answer, "nowhere.toml: cannot be read: No such file or directory")


def test_each_fault_of_a_configuration_is_a_sentence_with_the_file_and_the_key(config: Path) -> None:
    config.write_text(
        config.read_text().replace('url = "mqtt:', 'url = "amqp:').replace('oldest = "any"', 'oldest = "x"')
    )
    assert_one_sentence(said("check", "--config", str(config)), f'{config}: intake.oldest: found "x", expected')
    config.write_text(config.read_text().replace('oldest = "x"', 'oldest = "any"'))
    assert_one_sentence(said("check", "--config", str(config)), f'{config}: broker.url: found "amqp:')


def test_an_unknown_area_is_told_with_those_there_are(config: Path) -> None:
    answer = said("figures", "--config", str(config), "--area", "est")
    assert_one_sentence(answer, 'found area "est", expected one of: sud, nord, standard')


@pytest.mark.parametrize("instant", ["noon", "2026-11-23T10:30:00", "2026-13-01T00:00:00Z"])
def test_an_instant_without_an_offset_or_none_at_all_is_refused(config: Path, instant: str) -> None:
    answer = said("figures", "--config", str(config), "--area", "sud", "--at", instant)
    assert_one_sentence(answer, f'found "{instant}", expected an instant with its offset')


@pytest.mark.parametrize("arguments", [("figurs",), ("figures",), ("demo", "--speed", "0"), ("run", "--fast")])
def test_wrong_usage_has_exit_status_2(arguments: tuple[str, ...]) -> None:
    assert_one_sentence(said(*arguments))


def test_a_missing_replay_file_is_named(config: Path) -> None:
    answer = said("replay", str(config.parent / "nowhere.jsonl"), "--config", str(config))
    assert answer.status == 2
    assert "Traceback" not in answer.err
    assert "nowhere.jsonl: cannot be read: " in answer.err.splitlines()[-1]


def test_a_replay_to_an_embedded_broker_that_does_not_run_says_what_to_start(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text("")
    answer = said("replay", str(file), "--config", str(configuration(tmp_path)))
    assert_one_sentence(answer, "the embedded broker of ", "does not run: start `vigie run`")


def test_a_database_that_does_not_answer_is_wrong_in_the_check_and_a_sentence_elsewhere(config: Path) -> None:
    answer = said("check", "--config", str(config))
    assert answer.status == 1
    lines = {line.split()[1]: line.split()[0] for line in answer.out.splitlines() if line.startswith(("ok", "wrong"))}
    assert lines == {"configuration": "ok", "sign-in": "ok", "recipients": "ok", "database": "wrong", "broker": "wrong"}
    assert "Traceback" not in answer.err
    assert_one_sentence(said("figures", "--config", str(config), "--area", "sud"))
    assert_one_sentence(said("migrate", "--config", str(config)))


@pytest.mark.servers
def test_a_database_is_migrated_once_and_then_up_to_date(tmp_path: Path, postgres: Postgres) -> None:
    config = str(configuration(tmp_path, dsn=waited(postgres.database())))
    before = said("check", "--config", config)
    assert before.status == 0  # `vigie run` does it by itself
    assert "to migrate: 0001_journal.sql" in " ".join(before.out.split())
    assert "0001_journal.sql" in said("migrate", "--config", config).out
    assert said("migrate", "--config", config).out == "The schema is up to date.\n"
    after = said("check", "--config", config)
    assert (after.status, after.out.count("wrong")) == (0, 0), after.out


@pytest.mark.servers
def test_figures_of_an_empty_journal_are_null_and_never_zero(tmp_path: Path, postgres: Postgres) -> None:
    config = configuration(tmp_path, dsn=waited(postgres.database()))
    assert said("migrate", "--config", str(config)).status == 0
    found = figures(config, "sud", at("10:00").isoformat())
    assert '"longest_wait_s":null' in found
    assert '"longest_wait_s":0' not in found
    assert said("figures", "--config", str(config), "--area", "sud").status == 0
    assert said("quarantine", "list", "--config", str(config)).out == "Nothing was kept aside.\n"


@pytest.mark.servers
def test_a_port_that_is_taken_is_a_sentence_that_names_it(tmp_path: Path, postgres: Postgres) -> None:
    config = configuration(tmp_path, broker=f"mqtt://127.0.0.1:{free_port()}", dsn=waited(postgres.database()))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(
            config.read_text().replace('[web]\nlisten = "127.0.0.1:0"', f'[web]\nlisten = "127.0.0.1:{port}"')
        )
        refused = vigie("watch", "--config", str(config))
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert refused.stderr.splitlines()[-1].startswith("vigie: ")
    assert str(port) in refused.stderr.splitlines()[-1]


@pytest.mark.servers
def test_a_watch_alone_serves_boards_and_ends_with_status_0_when_told(tmp_path: Path, postgres: Postgres) -> None:
    config = configuration(tmp_path, dsn=waited(postgres.database()), broker=f"mqtt://127.0.0.1:{free_port()}")
    with Running(tmp_path, "watch", "--config", str(config)) as watch:
        watch.ready()
        assert watch.json("/readyz")["broker"] is None
        watch.process.terminate()
        until(lambda: watch.ended, "it ends", 3)
        assert watch.process.returncode == 0


def test_the_program_is_python_m_deploy_too() -> None:
    shown = subprocess.run([sys.executable, "-m", "deploy", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("vigie, version ")


def test_a_command_that_is_interrupted_has_not_answered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # it accepts, and never says a word
        config = configuration(tmp_path, dsn=f"postgresql://vigie@127.0.0.1:{silent.getsockname()[1]}/vigie")
        with Running(tmp_path, "migrate", "--config", str(config)) as command:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(8)
                assert command.end(signal.SIGTERM) == 130
            assert "up to date" not in command.words


def test_a_database_address_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    config = configuration(tmp_path, dsn="mysql://localhost/vigie", broker="mqtt://127.0.0.1:1")
    with Running(tmp_path, "run", "--config", str(config)) as command:
        until(lambda: command.ended, "vigie refuses")
        assert command.end(signal.SIGTERM) == 2
        assert "Traceback" not in command.words


@pytest.mark.servers
def test_figures_before_the_first_migration_say_what_to_do(tmp_path: Path, postgres: Postgres) -> None:
    config = str(configuration(tmp_path, dsn=waited(postgres.database())))
    answer = said("figures", "--config", config, "--area", "sud")
    assert (answer.status, "run `vigie migrate`" in answer.err) == (2, True)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-12:00"])
def test_an_instant_that_no_journal_can_have_is_refused(tmp_path: Path, instant: str) -> None:
    answer = said("figures", "--config", str(configuration(tmp_path)), "--area", "sud", "--at", instant)
    assert answer.status == 2
