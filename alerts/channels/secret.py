"""Secrets of channels: each is read from its file once, when the channel is opened."""

import base64
from pathlib import Path


def secret(file: Path) -> str:
    """What stands in a file, on one line. OSError with the file if it cannot be read, or holds no secret."""
    try:
        found = file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise OSError(0, "is no text", str(file)) from None
    if not found.isprintable() or not found:
        raise OSError(0, "is no secret on one line", str(file))
    return found


def authorization(user: str | None, password_file: Path | None, token_file: Path | None) -> dict[str, str]:
    """The header by which a server knows us, if it asks who we are. OSError as above."""
    if token_file is not None:
        return {"Authorization": f"Bearer {secret(token_file)}"}
    if user is not None and password_file is not None:
        known = f"{user}:{secret(password_file)}".encode()
        return {"Authorization": f"Basic {base64.b64encode(known).decode()}"}
    return {}
