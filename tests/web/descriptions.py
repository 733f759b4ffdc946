"""The OpenAPI documents, from the models. ``python -m tests.web.descriptions`` writes them anew."""

from ispstatus.web.insight import description as insight
from ispstatus.web.insight import openapi as insight_file
from ispstatus.web.shared.openapi import yaml
from ispstatus.web.status import description as status
from ispstatus.web.status import openapi as status_file

FAMILIES = ((status, status_file.FILE), (insight, insight_file.FILE))

if __name__ == "__main__":
    for family, file in FAMILIES:
        file.write_text(yaml(family.described()), encoding="utf-8")
