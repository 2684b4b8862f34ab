"""The few kinds of failure that the delivery rule tells apart, and errors that a person must read."""


class SchoolgateError(Exception):
    """An error whose message is one clear line without personal data: what is wrong and what to do."""


class DependencyUnavailable(SchoolgateError):
    """Something this service needs (database, broker, store, platform) does not answer; trying again can help."""


class InputRejected(SchoolgateError):
    """This input can never be processed; trying again does not help."""


class UnreadableEvent(SchoolgateError):
    """A record that is no event of this system. The message is the reason's code."""


class SettingsError(SchoolgateError):
    """A setting is missing or wrong; the message names it and never shows its value."""


class SchemaOutdated(SchoolgateError):
    """The database was not migrated to what this release needs."""


class ContentGone(SchoolgateError):
    """The blob was purged or never written."""
