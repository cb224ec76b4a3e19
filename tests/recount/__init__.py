"""An auditor's recount of the machine files, in plain SQL over the journal."""
