"""The official conformance suite, server side: each check has the result through Intercept that it has without.

Results that chance decides (a direct run is repeated when something differs) count as equal to any of the direct ones."""

import pytest

import conformance
from listener import Listener

NORMAL = [("ts2", "2025-11-25"), ("ts2", "2026-07-28"), ("go", "2026-07-28"), ("everything", "0.1-all")]
MORE = [(server, name) for server in conformance.SERVERS for name in conformance.SETS if (server, name) not in NORMAL]
CASES = [*NORMAL, *(pytest.param(*case, marks=pytest.mark.all_only) for case in MORE)]
# At least so many checks must succeed without Intercept: guards the fixture servers.
AT_LEAST = {
    **{(server, "2025-11-25"): 80 for server in ("ts1", "ts2", "python", "go")},
    **{(server, "2026-07-28"): 150 for server in ("ts2", "python", "go")},
    **{(server, "0.1-all"): 44 for server in ("ts1", "ts2", "python", "go")},
}


def count(results, status="SUCCESS"):
    return sum(statuses.count(status) for statuses in results.values())


@pytest.mark.timeout(900)
@pytest.mark.parametrize("server, name", CASES, ids=[f"{s}-{n}" for s, n in [*NORMAL, *MORE]])
def test_server(server, name):
    conformance.need(server)
    with conformance.serving(server) as port:
        url = f"http://127.0.0.1:{port}/mcp"
        directs = [conformance.server_results(name, url)]
        assert count(directs[0]) >= AT_LEAST.get((server, name), 10) - 2, directs[0]
        for _ in range(3):
            with Listener(upstream=url) as intercept:
                through = conformance.server_results(name, intercept.url)
            if not (found := conformance.differences("server", server, directs, through)):
                return
            directs.append(conformance.server_results(name, url))
    pytest.fail(f"{len(found)} checks differ:\n" + "\n".join(found))
