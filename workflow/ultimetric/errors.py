"""The one exception that users meet: a sentence that names what is wrong and where."""


class UserError(Exception):
    """A bad file, config or model; its message is one sentence shown without a traceback."""
