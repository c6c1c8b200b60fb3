"""validate: {schema: true} on every tool of real servers: their schemas can be used, calls that a server takes pass
unchanged, and what is refused the server would have refused as well."""

import json

import pytest

import compare
import peers
from test_transparency import observe

EVERYTHING_FITS = 'version: "1"\ntools: {"*": {rules: [{validate: {schema: true}}]}}\n'
REFUSED = "[INTERCEPT POLICY DENIED] "
REASONS = ("Arguments do not match the schema: args", "server does not list tool")

PAIRS = [*(("ts1", server, None) for server in peers.REAL), ("ts2", "dual", "2026-07-28"), ("python", "python", "legacy"), ("go", "go", "2026-07-28"), ("rust", "rust", None)]

# Servers of which the script calls nothing that fits: without network they have no answer to give.
ONLY_REFUSED = ("context7", "notion", "airtable", "twilio", "puppeteer", "figma", "linear")


def refusal(value):
    """The text of a refusal by the policy, or None."""
    if not isinstance(value, dict):
        return None
    result = value.get("result")
    content = result.get("content") if isinstance(result, dict) and result.get("isError") else None
    text = content[0].get("text", "") if content else ""
    return text[len(REFUSED) :] if text.startswith(REFUSED) else None


def is_error(value):
    if "error" in value:
        return True
    result = value.get("result")
    return isinstance(result, dict) and result.get("isError") is True


def without_refused(direct, through, refused):
    """Both documents, with each refusal and what the server itself said to that call replaced by one mark."""
    text = refusal(through)
    if text is not None:
        assert text.startswith(REASONS), text
        assert is_error(direct), f"the server takes what was refused ({text}): {json.dumps(direct)[:900]}"
        refused.append(text)
        return "(refused)", "(refused)"
    if isinstance(direct, dict) and isinstance(through, dict) and list(direct) == list(through):
        pairs = {k: without_refused(direct[k], through[k], refused) for k in direct}
        return {k: a for k, (a, _) in pairs.items()}, {k: b for k, (_, b) in pairs.items()}
    if isinstance(direct, list) and isinstance(through, list) and len(direct) == len(through):
        pairs = [without_refused(a, b, refused) for a, b in zip(direct, through)]
        return [a for a, _ in pairs], [b for _, b in pairs]
    return direct, through


@pytest.mark.parametrize("client, server, mode", PAIRS, ids=["-".join(filter(None, p)) for p in PAIRS])
def test_what_servers_take_passes(tmp_path, client, server, mode):
    peers.need(client, server)
    first = observe(tmp_path, client, server, mode)
    mask = compare.mask_of(first, observe(tmp_path, client, server, mode))
    through = observe(tmp_path, client, server, mode, EVERYTHING_FITS)
    refused = []
    compare.assert_equal(*without_refused(first, through, refused), mask)
    reached = [s["step"] for s in through["steps"] if s["step"].startswith("call ") and refusal(s) is None]
    assert reached or server in ONLY_REFUSED, through["steps"]
    assert not any("cannot be used" in text or "cannot be checked" in text for text in refused)
