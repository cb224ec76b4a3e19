"""What messages are understood with: the dialects, and the pseudonyms, whose key is the same for a whole journal."""

from pathlib import Path

from collector.decoding import Decoder
from collector.journal import Journal
from collector.masking import Pseudonyms
from deploy.embedded import kept
from deploy.settings import Settings, SettingsError

SHORTEST = 16
WHERE = "; copy it from the collector that began the journal, or from a backup"


async def decoder(settings: Settings, journal: Journal) -> Decoder:
    """Understands messages as the settings say; SettingsError where the key is another than the journal's."""
    found = await pseudonyms(settings, journal)
    return Decoder(found, settings.dialects(found.of_text).choose, settings.intake.keep_fields)


async def pseudonyms(settings: Settings, journal: Journal) -> Pseudonyms:
    """Those of this journal; SettingsError where the key is another than the one it was begun with."""
    named, path = _key(settings)
    if fault := await key_fault(settings, journal):
        raise SettingsError(fault)
    found = Pseudonyms((_read(path) if named else kept.password(path)).encode())
    await journal.begin_with(found.fingerprint)
    if fault := await key_fault(settings, journal):  # two collectors may begin at once
        raise SettingsError(fault)
    return found


async def key_fault(settings: Settings, journal: Journal) -> str | None:
    """What is wrong with the key of the pseudonyms, in a sentence; None where it is the journal's, or can become it."""
    named, path = _key(settings)
    begun = await journal.fingerprint()
    if not path.exists():
        expected = "expected the key that the ids of this journal are made with"
        return f"{path}: found no file, {expected}{WHERE}" if named or begun else None
    key = _read(path)
    if len(key) < SHORTEST:
        return f"{path}: found {len(key)} characters, expected at least {SHORTEST} that nobody can guess"
    if begun not in (None, Pseudonyms(key.encode()).fingerprint):
        return (
            f"{path}: found another key than the one that the ids of this journal are made with: what comes again "
            f"would count twice{WHERE}"
        )
    return None


def _key(settings: Settings) -> tuple[bool, Path]:
    """Whether the configuration names the key's file, and where it is."""
    named = settings.intake.pseudonyms_key_file
    return named is not None, named or settings.data_dir / "secrets" / "pseudonyms"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
