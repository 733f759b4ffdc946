"""Who may ask the Insight API: whoever shows a key of its own, besides being let in at all."""

from flask import g, request

from ispstatus.model.errors import Forbidden, Unauthorized
from ispstatus.model.key import INGEST, INSIGHT, READ
from ispstatus.queries.keys import find_key
from ispstatus.web.shared.credentials import KEY_HEADER, shown
from ispstatus.web.shared.deps import deps


def admit_key() -> None:
    """Let the present request pass if its key is good for it; 401 without a good key, 403 without the scope."""
    secret = shown(request.headers).insight
    if not secret:
        raise Unauthorized(f"a key is required in the header {KEY_HEADER}: `ispstatus keys show-first` prints one")
    known = deps()
    key = find_key(known.reader, INSIGHT, secret)
    if key is None:
        raise Unauthorized(f"the key in {KEY_HEADER} is not known, or was revoked")
    needed = INGEST if request.method == "POST" else READ
    if needed not in key.scopes:
        raise Forbidden(
            f"the key {key.name!r} does not allow to {needed}: `ispstatus keys create NAME --scope {needed}`"
        )
    g.key = key
    today = known.now().date()
    if key.used_on != today:
        known.key_was_used(key.id, today)
