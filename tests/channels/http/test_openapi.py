"""What the OpenAPI document says holds: of requests made up from it none ends in a 5xx, or in an answer that it does not have."""

from __future__ import annotations

import schemathesis
import schemathesis.specs.openapi.schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from assistant.service import Service
from assistant.store import Pin
from tests.channels.http.conftest import serving

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES, FEW = 10, 4  # of each operation, and of those that take a semantic query, which are slow to make up
BY_MONTH = {"metrics": [{"metric": "sales"}], "group_by": [{"field": "time", "grain": "month"}]}


def there(service: Service) -> dict[str, str]:
    """The ids of things that are there, by the name that a path gives them."""
    store, shop = service.store, service.shop
    conversation, board = store.start(shop, ""), store.boards.start(shop, "", "mine")
    service.assistant.ask("best customers in May 2017", conversation=conversation)
    pin = store.boards.pin(board, "", Pin("months", "en", BY_MONTH))
    action = service.assistant.desk.listed("en").proposed[0].id
    return {"conversation": conversation, "number": "1", "board": board, "pin": pin, "action": action, "name": "sales"}


def cases(operation: APIOperation, known: dict[str, str]) -> st.SearchStrategy[Case]:
    """Requests as they should be and as they should not be, for things that are there and things that are not."""
    named = {p.name: known[p.name] for p in operation.path_parameters if p.name in known}
    fit, unfit = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
    found = [operation.as_strategy(fit)]
    if named:
        found.append(operation.as_strategy(fit, path_parameters=named))
    if operation.body or operation.query:
        found.append(operation.as_strategy(unfit, path_parameters=named or None))
    return st.one_of(found)


def test_every_operation_answers_as_documented(service: Service) -> None:
    failed: list[str] = []
    with serving(service) as address:
        schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
        operations = [each.ok() for each in schema.get_all_operations()]
        assert len(operations) >= 35
        for operation in operations:
            queries = operation.path.endswith(("/query", "/chart", "/pins"))

            @settings(max_examples=FEW if queries else EXAMPLES, suppress_health_check=list(HealthCheck))
            @given(case=cases(operation, there(service)))
            def call(case: Case) -> None:
                case.call_and_validate(base_url=address, checks=CHECKS)

            try:
                call()
            except (Exception, BaseExceptionGroup) as error:
                failed.append(f"{operation.label}: {error} {getattr(error, 'exceptions', '')}")
    assert not failed, "\n\n".join(failed)
