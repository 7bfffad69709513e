"""The documented form of a case report (`app.report.schema`)."""

import json

from app.report.schema import CaseReport, json_schema
from tests.support.case import made_report
from tests.support.paths import ROOT


def test_the_documented_schema_is_that_of_the_code():
    documented = (ROOT / "docs/case-report.schema.json").read_text()
    assert documented == json_schema(), "run `python -m app.report.schema` into it"


def test_every_field_is_described():
    schema = json.loads(json_schema())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for name, part in {"report": schema, **schema["$defs"]}.items():
        assert part["additionalProperties"] is False, name
        for field, described in part["properties"].items():
            assert "$ref" in described or described.get("description"), f"{name}.{field}"


def test_a_report_is_the_same_after_reading_it():
    report = CaseReport.model_validate(made_report())
    assert CaseReport.model_validate_json(report.model_dump_json()) == report
