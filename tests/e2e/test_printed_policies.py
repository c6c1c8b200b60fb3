"""The policies as they are printed in public places, unchanged, in front of a server with those tools."""

import time

import pytest

from harness import TESTS
from session import Raw, Session, tool

PRINTED = TESTS / "data/policies/printed"
A1 = PRINTED / "a1-arcane_job_run.yaml"
A2 = PRINTED / "a2-arcane_environment_delete.yaml"
B1 = PRINTED / "b1-stripe.yaml"
C = PRINTED / "c-hosted.json"

JOB = tool("arcane_job_run", ["environmentId", "jobId"], environmentId="string", jobId="string", force="boolean")
ARCANE = [JOB, tool("arcane_environment_delete", ["id"], id="string"), tool("create_bounty", title="string")]
STRIPE = [
    tool("create_charge", ["amount"], amount="integer", reason="string"),
    tool("create_refund", charge="string"),
    tool("list_customers"),
    tool("delete_customer", id="string"),
    tool("delete_product", id="string"),
    tool("delete_account"),
]
GOOD = {"environmentId": "e", "jobId": "j"}
DENIED = "[INTERCEPT POLICY DENIED] "


@pytest.fixture(params=["2025-11-25", "2026-07-28"])
def modern(request):
    return request.param == "2026-07-28"


def begin(policy, tools, modern, **options):
    session = Session(policy, tools, modern, **options)
    if not modern:
        session.handshake()
    return session


def test_a1_eleventh_call_in_a_minute(modern):
    with begin(A1, ARCANE, modern) as session:
        for _ in range(10):
            assert session.call("arcane_job_run", GOOD) == "done"
        refused = session.call("arcane_job_run", GOOD)
        assert refused.startswith(DENIED + "Rate limit of 10 per minute reached. Try again in ")
        assert session.executed() == ["arcane_job_run"] * 10
        assert session.call("arcane_environment_delete", {"id": "x"}) == "done"


def test_a1_a_new_session_starts_afresh(modern, tmp_path):
    for _ in range(2):
        with begin(A1, ARCANE, modern, home=tmp_path) as session:
            for _ in range(10):
                assert session.call("arcane_job_run", GOOD) == "done"
            assert "Rate limit" in session.call("arcane_job_run", GOOD)


@pytest.mark.parametrize(
    "arguments, missing", [({"environmentId": "e"}, ["jobId"]), ({"jobId": "j"}, ["environmentId"]), ({}, ["environmentId", "jobId"])]
)
def test_a1_missing_argument_is_named(modern, arguments, missing):
    with begin(A1, ARCANE, modern) as session:
        refused = session.call("arcane_job_run", arguments)
        assert refused.startswith(DENIED)
        assert all(name in refused for name in missing)
        assert session.call("arcane_job_run", GOOD) == "done"
        assert session.executed() == ["arcane_job_run"]


def test_a1_refused_calls_are_not_counted(modern):
    with begin(A1, ARCANE, modern) as session:
        for _ in range(20):
            assert "jobId" in session.call("arcane_job_run", {"environmentId": "e"})
        for _ in range(10):
            assert session.call("arcane_job_run", GOOD) == "done"


def test_a1_before_any_handshake_modern():
    """The first message of all is the call: Intercept asks the server for the schema, with the call's own _meta."""
    with Session(A1, ARCANE, modern=True) as session:
        assert "jobId" in session.call("arcane_job_run", {"environmentId": "e"})
        assert session.executed() == []
        assert session.logged() == [{"listed": "2026-07-28"}]


def test_a1_before_any_handshake_legacy():
    """Before 2026-07-28 nothing may be asked before the handshake: refused, until a list went by."""
    with Session(A1, ARCANE) as session:
        assert session.call("arcane_job_run", {"environmentId": "e"}).startswith(DENIED)
        assert session.call("arcane_job_run", GOOD).startswith(DENIED)
        assert session.executed() == []
        assert "arcane_job_run" in session.names()
        assert "jobId" in session.call("arcane_job_run", {"environmentId": "e"})
        assert session.call("arcane_job_run", GOOD) == "done"
        assert session.executed() == ["arcane_job_run"]


def test_a1_own_list_is_not_seen_by_the_client():
    with Session(A1, ARCANE) as session:
        session.handshake()
        assert session.call("arcane_job_run", GOOD) == "done"  # request() checks that the next line is its answer
        assert [e for e in session.logged() if "listed" in e] == [{"listed": None}]
        assert session.call("arcane_job_run", GOOD) == "done"
        assert len([e for e in session.logged() if "listed" in e]) == 1


def test_a1_tool_that_the_server_does_not_list(modern):
    with begin(A1, ARCANE[1:], modern) as session:
        refused = session.call("arcane_job_run", GOOD)
        assert "does not list tool" in refused and "arcane_job_run" in refused
        assert session.executed() == []


def test_a2_denied_with_its_reason(modern):
    with begin(A2, ARCANE, modern) as session:
        refused = session.call("arcane_environment_delete", {"id": "x"})
        assert refused.startswith(DENIED + "Blocked by default — enable with approval")
        assert session.executed() == []
        assert "arcane_environment_delete" in session.names()


def test_a3_thirty_an_hour(modern):
    with begin(A2, ARCANE, modern) as session:
        for _ in range(30):
            assert session.call("create_bounty") == "done"
        assert "Rate limit of 30 per hour reached" in session.call("create_bounty")
        assert session.executed() == ["create_bounty"] * 30


def test_b1_hidden_and_default(modern):
    with begin(B1, STRIPE, modern) as session:
        assert session.names() == ["create_charge", "create_refund", "list_customers", "delete_account"]
        for name in ("delete_customer", "delete_product"):
            assert session.call(name).startswith(f'{DENIED}Tool "{name}" is hidden by policy')
        assert session.call("list_customers").startswith(f'{DENIED}Tool "list_customers" is not permitted by policy')
        assert session.executed() == []


def test_b1_order_of_denials(modern):
    with begin(B1, STRIPE, modern) as session:
        assert session.call("create_charge", {"amount": 50001}).startswith(DENIED + "Single charge cannot exceed $500.00")
        assert session.call("create_charge", {"amount": 9_999_999}).startswith(DENIED + "Single charge cannot exceed $500.00")
        approval = session.call("create_charge", {"amount": 20001})
        assert "approval" in approval.lower() and "configured" in approval
        assert session.call("create_charge", {"amount": 20000}) == "done"
        assert session.executed() == ["create_charge"]


@pytest.mark.parametrize("amount", ["-1", '"100"', "null", "1e400", "-1e400", "true", "[1]", '{"a":1}', "0.0000000001", None])
def test_b1_amounts_that_are_none(modern, amount):
    """Refused; never a refill, never zero."""
    with begin(B1, STRIPE, modern) as session:
        refused = session.call("create_charge", Raw("{}" if amount is None else '{"amount":%s}' % amount))
        assert refused.startswith(DENIED)
        assert session.executed() == []


def test_b1_daily_cap(modern):
    with begin(B1, STRIPE, modern) as session:
        for _ in range(49):
            assert session.call("create_charge", {"amount": 20000}) == "done"
        assert session.call("create_charge", {"amount": 19999}) == "done"
        # 999,999 are spent: 2 more are too many, 1 more is not
        assert session.call("create_charge", {"amount": 2}).startswith(DENIED + "Daily spending cap of $10,000.00 reached")
        assert session.call("create_charge", {"amount": 1}) == "done"
        assert session.call("create_charge", {"amount": 1}).startswith(DENIED + "Daily spending cap of $10,000.00 reached")
        # a limit is checked before a human would be asked
        assert session.call("create_charge", {"amount": 30000}).startswith(DENIED + "Daily spending cap of $10,000.00 reached")
        assert len(session.executed()) == 51


def test_b1_a_failed_charge_stays_charged(modern):
    with begin(B1, STRIPE, modern) as session:
        for _ in range(10):
            assert session.call("create_refund", {"fail": True}) == "done"
        assert "Rate limit of 10 per day reached" in session.call("create_refund")
        assert len(session.executed()) == 10


def test_b1_global_limit(modern):
    with begin(B1, STRIPE, modern) as session:
        for _ in range(60):
            assert session.call("create_charge", {"amount": 1}) == "done"
        assert "Rate limit of 60 per minute reached" in session.call("create_charge", {"amount": 1})
        assert "Rate limit of 60 per minute reached" in session.call("create_refund")
        assert len(session.executed()) == 60


def test_c_reason_and_amount(modern):
    with begin(C, STRIPE, modern) as session:
        assert "delete_account" not in session.names()
        assert session.call("delete_account").startswith(f'{DENIED}Tool "delete_account" is hidden by policy')
        assert session.call("create_refund").startswith(f'{DENIED}Tool "create_refund" is not permitted by policy')
        assert session.call("create_charge", {"amount": 1}).startswith(DENIED + "Give a reason.")
        assert session.call("create_charge", {"amount": 1, "reason": None}).startswith(DENIED + "Give a reason.")
        assert session.call("create_charge", {"amount": 99999}).startswith(DENIED + "Give a reason.")
        assert session.call("create_charge", {"amount": 10001, "reason": "r"}).startswith(DENIED + "Requires human approval.")
        assert session.call("create_charge", {"amount": "10001", "reason": "r"}).startswith(DENIED)
        assert session.call("create_charge", {"amount": 10000, "reason": "r"}) == "done"
        assert session.call("list_customers") == "done"
        assert session.executed() == ["create_charge", "list_customers"]


def test_c_sixty_calls_a_minute(modern):
    """The window is a minute of the clock; if one ended during the test, it begins again."""
    for _ in range(5):
        minute = time.time() // 60
        with begin(C, STRIPE, modern) as session:
            told = [session.call("list_customers") for _ in range(61)]
            if time.time() // 60 != minute:
                continue
            assert told[:60] == ["done"] * 60
            assert told[60].startswith(DENIED)
            assert len(session.executed()) == 60
            return
    pytest.fail("no minute was long enough")


def test_decisions_are_recorded(modern):
    with begin(A2, ARCANE, modern) as session:
        text = session.call("arcane_environment_delete", {"id": "x"})
        assert session.call("create_bounty", {"title": "t"}) == "done"
        decisions = [r for r in session.records() if r["event"] == "decision"]
        assert [(d["tool"], d["decision"]) for d in decisions] == [("arcane_environment_delete", "deny"), ("create_bounty", "allow")]
        assert decisions[0]["rule"] == "tools/arcane_environment_delete/rules/0"
        assert decisions[0]["id"] in text
