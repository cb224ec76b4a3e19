"""From state and history to eyes: boards, streams and the HTTP interface."""
