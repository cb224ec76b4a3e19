"""What messages are understood with: the dialects, and the pseudonyms, whose key is the same for a whole journal."""

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
    named = settings.intake.pseudonyms_key_file
    path = named or settings.data_dir / "secrets" / "pseudonyms"
    begun = await journal.fingerprint()
    if not path.exists() and (named or begun):
        raise SettingsError(
            f"{path}: found no file, expected the key that the ids of this journal are made with{WHERE}"
        )
    key = path.read_text(encoding="utf-8").strip() if named else kept.password(path)
    if len(key) < SHORTEST:
        raise SettingsError(f"{path}: found {len(key)} characters, expected at least {SHORTEST} that nobody can guess")
    found = Pseudonyms(key.encode())
    if begun is None:
        await journal.begin_with(found.fingerprint)
        begun = await journal.fingerprint()  # two collectors may begin at once
    if begun != found.fingerprint:
        raise SettingsError(
            f"{path}: found another key than the one that the ids of this journal are made with: what comes again "
            f"would count twice{WHERE}"
        )
    return found
