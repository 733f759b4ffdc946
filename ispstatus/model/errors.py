"""Every error of ours, as one tree.

IspStatusError
├── CannotMeasure      our own inability to probe: never evidence against an ISP
├── ConfigError        the configuration is refused; exit 78
├── StorageError       the database cannot be used
│   ├── StorageFull    no space left; writing resumes by itself
│   └── NewerSchema    written by a newer version; refused, exit 78
├── BadRequest         a parameter is not acceptable; 400
├── Unauthorized       no key that is good for this; 401
├── Forbidden          the guard says no; 403
├── NotFound           no such uplink or path; 404
└── TooBusy            a bounded resource is taken; 429
"""


class IspStatusError(Exception):
    """Base of every error this project raises on purpose."""


class CannotMeasure(IspStatusError):
    """We could not probe. The uplink's state is UNKNOWN, not DOWN."""


class ConfigError(IspStatusError):
    """The configuration is refused: the message names file, key, value and what would be accepted."""


class StorageError(IspStatusError):
    """The database cannot be read or written."""


class StorageFull(StorageError):
    """The disk is full, or below the free-space floor."""


class NewerSchema(StorageError):
    """The database was written by a newer version of ispstatus."""


class BadRequest(IspStatusError):
    """A request parameter is not acceptable; the message says what would be."""


class Unauthorized(IspStatusError):
    """No credential, or one that is good for nothing here; the message says what is expected."""


class Forbidden(IspStatusError):
    """The guard refuses this client; the message says which rule."""


class NotFound(IspStatusError):
    """What was asked for does not exist."""

    def __init__(self, message: str, *, known: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.known = known
        """Names that would have been found."""


class TooBusy(IspStatusError):
    """A bounded resource is taken; try again in ``retry_after_s`` seconds."""

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
