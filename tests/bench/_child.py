"""The parts of the benchmarks that run in processes of their own; each prints one line of JSON when it is done."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import msgspec

from collector.broker import BrokerSettings
from tests.bench import browsing, holding, receiving, rushing, traffic


def told(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """`publish FILE BROKER RATE`, `receive KIND BROKER CLIENT COUNT DSN`, `hold VISITS AREAS`,
    `browse ADDRESS BOARDS STALLED`, `rush ADDRESS VISITORS SECONDS ETAG`.
    """
    match arguments:
        case ["publish", file, broker, rate]:
            sent = traffic.publish(Path(file), _broker(broker), float(rate) or None)
            told({"sent": sent, "seconds": sent[-1] - sent[0]})
        case ["receive", kind, broker, client, count, dsn]:
            receive: Callable[..., Coroutine[None, None, receiving.Received]] = receiving.KINDS[kind]
            told(asyncio.run(receive(_broker(broker), client, int(count), dsn, lambda: told("ready"))))
        case ["hold", visits, areas]:
            told(holding.hold(int(visits), int(areas)))
        case ["browse", address, boards, stalled]:
            told(browsing.browse(address, int(boards), int(stalled)))
        case ["rush", address, visitors, seconds, etag]:
            told(asyncio.run(rushing.rush(address, int(visitors), float(seconds), etag)))
        case _:
            sys.exit(main.__doc__)


def _broker(text: str) -> BrokerSettings:
    return msgspec.json.decode(text, type=BrokerSettings, dec_hook=lambda kind, value: kind(value))


if __name__ == "__main__":
    main(sys.argv[1:])
