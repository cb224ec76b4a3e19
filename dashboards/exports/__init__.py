"""What goes out every month, made of a month's facts: machine files, report, public sheet, commitments' sheets."""
