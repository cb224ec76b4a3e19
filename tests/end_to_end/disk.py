"""A small disk in memory, that a test can fill."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage

import pytest

SIZE = "300m"
MEGABYTE = bytes(1 << 20)


class Disk:
    def __init__(self, place: Path) -> None:
        self.place = place

    @contextmanager
    def filled(self) -> Iterator[None]:
        """Within the block there is no room, to the last byte."""
        ballast = self.place / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(MEGABYTE):
                    pass
            assert disk_usage(self.place).free == 0
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(home: Path) -> Iterator[Disk]:
    """Mounted in the folder; skips where we may not mount."""
    place = home / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "vigie-test", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", str(place)], check=True)
