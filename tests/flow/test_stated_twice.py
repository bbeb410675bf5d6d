"""What forms and tables of bpmn/ share with the domain: result codes, suspension reasons, closed lists of answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from engine.result_codes import ALL, SUSPENSION_REASONS, ResultClass
from tests.flow.lender import Lender, release

BPMN = Path(__file__).parents[2] / "bpmn"
FORMS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_bytes()) for path in BPMN.glob("forms/*.json")}
# product.md: death, bankruptcy, fraud, complaint, legal representation and stop-contact block the customer
BLOCKING = {
    "deceased",
    "bankruptcy",
    "fraud_claim",
    "identity_theft",
    "complaint",
    "represented",
    "stop_contact",
}


def field(form: str, key: str) -> dict[str, Any]:
    return next(each for each in FORMS[form]["components"] if each["key"] == key)


def options(form: str, key: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = field(form, key)["values"]
    return found


def policy(reason: str) -> dict[str, object]:
    lender = Lender(reason=reason)
    outputs = release().tables["suspension_policy"].decide(lender.facts(), lender.functions()).outputs
    assert isinstance(outputs, dict)
    return outputs


def test_a_follow_up_offers_every_result_code_in_order_with_the_same_words() -> None:
    offered = [(each["value"], each["label"], each["label_zh"]) for each in options("follow_up", "result_code")]
    assert offered == [(code.code, code.en, code.zh) for code in ALL.values()]


def test_result_codes_stand_under_the_heading_of_their_class() -> None:
    headed = {each["value"]: each["group"] for each in options("follow_up", "result_code")}
    assert headed == {code.code: code.result_class.value for code in ALL.values()}
    titles = {(each["group"], each["group_en"], each["group_zh"]) for each in options("follow_up", "result_code")}
    assert len(titles) == len(ResultClass)


def test_a_follow_up_asks_no_more_than_three_things_beside_the_result_in_the_common_case() -> None:
    always = [each["key"] for each in FORMS["follow_up"]["components"] if "show_if" not in each["properties"]]
    assert "result_code" in always
    assert len(always) <= 4


def test_promises_are_asked_for_where_the_result_is_a_promise() -> None:
    condition = field("follow_up", "promise_on")["properties"]["show_if"]
    assert set(re.findall(r"'(\w+)'", condition)) == {code.code for code in ALL.values() if code.promises}


def test_suspension_reasons_are_the_same_in_form_table_and_domain() -> None:
    offered = {each["value"]: (each["label_zh"], each["label"]) for each in options("suspension_request", "reason")}
    assert offered == SUSPENSION_REASONS
    rows = (BPMN / "suspension_policy.dmn").read_text()
    assert set(re.findall(r"<text>\"(\w+)\"</text>", rows)) == set(SUSPENSION_REASONS)


def test_reasons_that_block_the_customer_are_those_of_the_product_and_none_resumes_by_itself() -> None:
    policies = {reason: policy(reason) for reason in SUSPENSION_REASONS}
    assert {reason for reason, found in policies.items() if found["blocks_customer"]} == BLOCKING
    assert not any(found["resumes_by_itself"] for found in policies.values())
    assert all(isinstance(found["review_days"], int) and found["review_days"] > 0 for found in policies.values())


def test_any_supervisor_may_approve_a_suspension_and_nothing_is_approved_by_nobody() -> None:
    table = release().tables["approval_authority"]

    def authority(kind: str) -> object:
        facts = {"request_kind": kind, "request_reason": "other", "request_amount": 100}
        outputs = table.decide(facts, {}).outputs
        assert isinstance(outputs, dict)
        return outputs["authority"]

    assert authority("suspension") == "supervisor"
    assert authority("something new") == "manager"
