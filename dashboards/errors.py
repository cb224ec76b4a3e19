"""What the parts that the boards ask may answer instead."""


class AwayError(Exception):
    """What is asked for cannot be had now; the text is a sentence."""


class UnheardOfError(Exception):
    """What is asked for cannot be; the text is a sentence."""
