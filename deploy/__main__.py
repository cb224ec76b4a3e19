"""`python -m deploy` is `vigie`."""

from deploy.command_line import main

main(prog_name="vigie")
