"""What a measurement needs may be missing on a machine."""


class NotHereError(Exception):
    """This machine lacks something, which the message names."""
