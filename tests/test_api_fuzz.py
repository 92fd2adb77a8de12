"""Requests nobody would write by hand, made from the API's own description."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


def test_no_request_finds_a_fault_or_an_answer_that_is_not_described(address: str) -> None:
    described = schemathesis.openapi.from_url(f"{address}/openapi.json")
    tried = set()
    for found in described.get_all_operations():
        operation = found.ok()
        tried.add(operation.label)

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def answer(case: schemathesis.Case) -> None:
            if case.path.startswith(("/v1/", "/generate")):  # no worker runs here: nobody shall wait for pictures
                case.headers["Prefer"] = "respond-async"
            case.call_and_validate(checks=[not_a_server_error, content_type_conformance, response_schema_conformance])

        answer()
    assert {
        "POST /api/upload",
        "GET /api/jobs",
        "GET /api/images/history/",
        "GET /media/{path}",
        "POST /v1/images/generations",
        "POST /v1/images/edits",
        "POST /api/result/{job_id}/adjust",
        "POST /generate",
        "GET /generations/{generation_id}/{asset}",
    } <= tried
