"""The site of the servers in tests/data: everything that is promised is on its pages, every link leads somewhere, a
browser, a validator and an accessibility checker find nothing, and what a page prints is enforced."""

import json
import os
import subprocess
import sys
import time

import pytest

import harness
from reader import TOOLS, Page, build

# One of each type, and the two that have much or little.
PAGES = [
    "index.html",
    "servers/arcane/index.html",
    "servers/arcane/risk/critical.html",
    "servers/fetch-npx/risk/critical.html",
    "tools/arcane/arcane_job_run.html",
    "tools/arcagent/workspace_exec.html",
    "risk/critical.html",
    "attacks/index.html",
    "attacks/tool-poisoning.html",
]
DENIED = "[INTERCEPT POLICY DENIED] "


def all_pages(site):
    return sorted(site.rglob("*.html"))


def lists():
    """server -> its tools, from the data."""
    out = {}
    for path in sorted(TOOLS.glob("*.json")):
        data = json.loads(path.read_text())
        out[path.stem] = (data.get("result") or data)["tools"]
    return out


def assessed(server, tool):
    """What `catalog show` says of a tool, as JSON."""
    done = subprocess.run([os.path.abspath(harness.binary()), "catalog", "show", "--from", str(TOOLS), f"{server}/{tool}", "--format", "json"],
                          capture_output=True, text=True, timeout=harness.TIMEOUT, check=True)  # fmt: skip
    (found,) = json.loads(done.stdout)["tools"]
    return found


def test_every_server_and_tool_has_a_page(site):
    for server, tools in lists().items():
        assert (site / "servers" / server / "index.html").exists()
        assert (site / "servers" / server / "policy.yaml").exists()
        for level in ("low", "medium", "high", "critical"):
            assert (site / "servers" / server / "risk" / f"{level}.html").exists()
        pages = {Page(p).headings[0][1] for p in (site / "tools" / server).iterdir()} if len(tools) < 10 else None
        assert len(list((site / "tools" / server).iterdir())) == len({t["name"] for t in tools})
        assert pages is None or pages == {t["name"] for t in tools}


@pytest.fixture(scope="module")
def read(site):
    """path -> its Page, read when it is first asked for."""
    pages = {}

    def page(path):
        if path not in pages:
            pages[path] = Page(path)
        return pages[path]

    return page


@pytest.fixture(scope="module")
def chosen(site):
    """Pages of every type: of some servers all, of tools and servers a few, since one function makes them all."""
    out = [p for p in all_pages(site) if "tools" not in p.parts and "servers" not in p.parts]
    out += sorted((site / "tools").rglob("*.html"))[::25] + sorted((site / "servers").rglob("*.html"))[::25]
    return out + [site / p for p in PAGES if site / p not in out]


def test_all_links_lead_somewhere(site, read, chosen):
    for path in chosen:
        own = read(path)
        assert len(own.ids) == len(set(own.ids)), path
        for target, fragment in own.targets():
            assert target.exists(), f"{path}: {target}"
            assert target.is_relative_to(site.resolve()), f"{path}: {target}"
            if fragment:
                assert fragment in read(target).ids, f"{path}: #{fragment}"


def test_headings_follow_each_other(read, chosen):
    for path in chosen:
        levels = [level for level, _ in read(path).headings]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(b <= a + 1 for a, b in zip(levels, levels[1:])), (path, levels)


def test_html_is_valid(site, look):
    chosen = [site / p for p in PAGES] + sorted((site / "tools").rglob("*.html"))[::150] + sorted((site / "attacks").glob("*.html"))[::6]
    assert look(validate=[str(p) for p in chosen])["messages"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_accessible(site, look, page, scheme):
    found = look(visit=(site / page).as_uri(), scheme=scheme, axe=True)
    assert found["axe"] == [] and found["errors"] == [] and found["dialogs"] == []
    assert found["overflow"] == 0


@pytest.mark.parametrize("page", PAGES[:2] + PAGES[4:6] + PAGES[8:])
def test_a_page_fits_a_narrow_window(site, look, page):
    found = look(visit=(site / page).as_uri(), width=320)
    assert found["overflow"] <= 0 and found["errors"] == []


@pytest.mark.all_only
@pytest.mark.timeout(900)
def test_many_pages_are_valid_and_accessible(site, look):
    """Every attack, a tool of every server."""
    for path in sorted((site / "attacks").glob("*.html")) + [next(p.glob("*.html")) for p in sorted((site / "tools").iterdir()) if p.is_dir()]:
        found = look(visit=path.as_uri(), axe=True, scheme="dark")
        assert found["axe"] == [] and found["errors"] == [] and found["overflow"] <= 0, path
        assert look(validate=[str(path)])["messages"] == []


def test_reads_without_a_script(site, look):
    look(visit=(site / "tools/arcane/arcane_job_run.html").as_uri(), scripts=False)
    source = (site / "tools/arcane/arcane_job_run.html").read_text()
    page = Page(site / "tools/arcane/arcane_job_run.html")
    hidden = [values for tag, values in page.tags if "hidden" in values]
    assert {values.get("id") or values.get("data-copy") for values in hidden} == {"search", "search-results", "policy-text"}
    assert "onclick" not in source and "javascript:" not in source and source.count("<script") == 1


def test_the_policy_forbids_everything_else(site):
    """The content security policy of a page names the site's own files alone, and nothing on it is inline."""
    for path in (site / p for p in PAGES):
        page = Page(path)
        (csp,) = [v["content"] for t, v in page.tags if v.get("http-equiv") == "Content-Security-Policy"]
        assert csp == "default-src 'none'; style-src 'self' file:; script-src 'self' file:; base-uri 'none'; form-action 'none'"
        assert not any(tag in ("style", "iframe", "img", "form", "object") or "style" in v or any(k.startswith("on") for k in v)
                       for tag, v in page.tags)  # fmt: skip


@pytest.mark.parametrize("server, name", [("arcane", "arcane_job_run"), ("arcagent", "workspace_exec"), ("arcane", "arcane_environment_delete")])
def test_a_tool_page_carries_everything(site, server, name):
    tool = next(t for t in lists()[server] if t["name"] == name)
    known = assessed(server, name)
    page = Page(site / "tools" / server / f"{name}.html")
    text = page.whole_text()
    titles = {title.strip() for _, title in page.headings}
    assert page.headings[0] == [1, name]
    assert " ".join(tool["description"].split()) in text
    for title in ("What can go wrong", "Policy", "Why this class", "Attack patterns", "Questions and answers", "Other tools of this server", "Facts"):
        assert title in titles, title
    for fact in ("Name " + name, "Category " + known["class"], "Risk level " + known["severity"], "Server " + server):
        assert fact in text, fact
    required = tool["inputSchema"].get("required", [])
    assert "Required parameters " + " , ".join(required) in text.replace(", ", " , ").replace("  ", " ")
    for parameter in tool["inputSchema"]["properties"]:
        assert f">{parameter}</code>" in page.source
    for flag in known["flags"]:
        assert flag["flag"] in text and flag.get("argument", "") in text
    questions = [title for level, title in page.headings if level == 3]
    assert len(questions) == 6 and all(name in q and q.endswith("?") for q in questions)
    siblings = [link for link in page.links if link.startswith(f"../../tools/{server}/") and name + ".html" not in link]
    assert len(siblings) >= 10
    patterns = [link for link in page.links if link.startswith("../../attacks/") and not link.endswith("index.html")]
    assert len(patterns) >= 3


def test_a_server_page_carries_everything(site):
    page = Page(site / "servers/arcane/index.html")
    text = page.whole_text()
    assert "180 tools. " in text and " can modify or destroy data." in text
    assert page.texts["policy-text"] == (site / "servers/arcane/policy.yaml").read_text()
    for tool in lists()["arcane"]:
        assert f"../../tools/arcane/{tool['name']}.html" in page.links
    assert '"command": "intercept"' in page.texts["client-text"]
    json.loads(page.texts["client-text"])
    assert sum(title.endswith("?") for _, title in page.headings) >= 5


def test_the_index_counts(site):
    page = Page(site / "index.html")
    tools = {server: len({t["name"] for t in tools}) for server, tools in lists().items()}
    assert f"{len(tools)} servers, {sum(tools.values()):,} tools." in page.whole_text()
    for server in tools:
        assert f"servers/{server}/index.html" in page.links


# --- What is printed is enforced ----------------------------------------------------------------------------------------


def validated(policy, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(policy)
    done = subprocess.run([os.path.abspath(harness.binary()), "validate", str(path)], capture_output=True, text=True, timeout=harness.TIMEOUT)
    assert done.returncode == 0, done.stdout + done.stderr
    return policy


class Play:
    """A client of 2025-11-25 in front of a played server with a real list, through a policy."""

    def __init__(self, policy, tools):
        self.tools, self.executed = tools, []
        self.wire = harness.Wire(policy, answer=self.answer)
        self.wire.send({"jsonrpc": "2.0", "id": 0, "method": "initialize",
                        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}})  # fmt: skip
        self.wire.recv()
        self.wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def answer(self, message):
        results = {
            "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}},
            "tools/list": {"tools": self.tools},
            "tools/call": {"content": [{"type": "text", "text": "done"}]},
        }
        if message["method"] == "tools/call":
            self.executed.append(message["params"]["name"])
        return [{"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]}] if "id" in message else []

    def call(self, name, arguments):
        self.wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
        answer = self.wire.recv()
        return answer["result"]["content"][0]["text"] if "result" in answer else answer["error"]["message"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.discard()


def copied(site, look, page):
    """The policy of a page as a reader gets it: by its button, by its download and by selecting it; all three are one."""
    look(visit=(site / page).as_uri())
    look(clipboard=True)  # permission
    look(evaluate="navigator.clipboard.writeText('nothing yet')")
    look(click="#policy ~ figure button")
    until = time.monotonic() + harness.TIMEOUT
    while (by_button := look(clipboard=True)["value"]) == "nothing yet" and time.monotonic() < until:
        pass
    saved = look(save="#policy ~ figure a[download]")
    shown = look(evaluate="document.getElementById('policy-text').innerText")["value"]
    assert by_button == saved["value"] == Page(site / page).texts["policy-text"]
    assert shown.rstrip("\n") == by_button.rstrip("\n")
    assert saved["name"].endswith(".yaml")
    return by_button


A1 = """tools:
  arcane_job_run:
    rules:
      - action: allow
        rate_limit:
          max: 10
          window: 60
        validate:
          required_args: true
"""
A2 = """tools:
  arcane_environment_delete:
    rules:
      - action: deny
        reason: "Blocked by default — enable with approval"
"""


def test_the_snippet_of_a_job_is_enforced(site, look, tmp_path):
    policy = validated(copied(site, look, "tools/arcane/arcane_job_run.html"), tmp_path)
    assert policy == A1
    with Play(policy, lists()["arcane"]) as play:
        good = {"environmentId": "e", "jobId": "j"}
        assert play.call("arcane_job_run", {"environmentId": "e"}).startswith(DENIED)
        assert [play.call("arcane_job_run", good) for _ in range(10)] == ["done"] * 10
        assert play.call("arcane_job_run", good).startswith(DENIED + "Rate limit of 10 per minute reached.")
        assert play.executed == ["arcane_job_run"] * 10


def test_the_snippet_of_a_deletion_is_enforced(site, look, tmp_path):
    policy = validated(copied(site, look, "tools/arcane/arcane_environment_delete.html"), tmp_path)
    assert policy == A2
    with Play(policy, lists()["arcane"]) as play:
        assert play.call("arcane_environment_delete", {"id": "1"}).startswith(DENIED + "Blocked by default — enable with approval")
        assert play.call("arcane_job_run", {"environmentId": "e", "jobId": "j"}) == "done"
        assert play.executed == ["arcane_job_run"]


def test_the_snippet_of_a_shell_is_enforced(site, look, tmp_path):
    policy = validated(copied(site, look, "tools/arcagent/workspace_exec.html"), tmp_path)
    known = assessed("arcagent", "workspace_exec")
    with Play(policy, lists()["arcagent"]) as play:
        good = {"bountyId": "b", "command": "ls"}
        if known["class"] == "Execute":
            assert play.call("workspace_exec", {"bountyId": "b"}).startswith(DENIED)
            assert [play.call("workspace_exec", good) for _ in range(11)][9:] != ["done", "done"]
            assert play.executed == ["workspace_exec"] * 10
        else:
            assert known["severity"] == "Critical"
            assert play.call("workspace_exec", good).startswith((DENIED, "[INTERCEPT APPROVAL REQUIRED]"))
            assert play.executed == []


def test_the_policy_of_a_server_is_enforced(site, look, tmp_path):
    policy = validated(copied(site, look, "servers/arcane/index.html"), tmp_path)
    with Play(policy, lists()["arcane"]) as play:
        assert play.call("arcane_environment_delete", {"environmentId": "1"}).startswith(DENIED)
        assert play.call("arcane_job_list", {"environmentId": "e"}) == "done"
        assert play.call("something_new", {}).startswith(DENIED)


def test_all_policies_of_the_site_validate(site):
    paths = [str(p) for p in sorted(site.rglob("policy.yaml"))]
    done = subprocess.run([os.path.abspath(harness.binary()), "validate", *paths], capture_output=True, text=True, timeout=harness.TIMEOUT)
    assert done.returncode == 0, done.stdout + done.stderr


# --- Search -------------------------------------------------------------------------------------------------------------


def search(look, page, words):
    """Types into the search, begun by its key; the results as (name, of, href)."""
    look(visit=page.as_uri())
    look(press="/")
    look(type=words)
    look(wait="document.getElementById('search-status').textContent !== ''")
    rows = "[...document.querySelectorAll('#search-results a')].map(a => [a.children[0].textContent, a.children[2].textContent, a.href])"
    return look(evaluate=rows)["value"]


@pytest.mark.parametrize("start", ["index.html", "tools/arcagent/workspace_exec.html", "servers/arcane/risk/low.html"])
def test_search_finds(site, look, start):
    found = search(look, site / start, "arcane_job_run")
    assert found[0] == ["arcane_job_run", "arcane", (site / "tools/arcane/arcane_job_run.html").as_uri()]
    found = search(look, site / start, "filesystem")
    assert found[0][0] == "filesystem" and found[0][2] == (site / "servers/filesystem/index.html").as_uri()
    found = search(look, site / start, "EXEC workspace")
    assert "workspace_exec" in [name for name, _, _ in found]
    assert search(look, site / start, "no such thing") == []


def test_search_by_keyboard(site, look):
    search(look, site / "index.html", "workspace_exec")
    look(press="ArrowDown")
    assert look(evaluate="document.activeElement.textContent")["value"].startswith("workspace_exec")
    look(press="ArrowUp")
    assert look(evaluate="document.activeElement.type")["value"] == "search"
    look(press="Escape")
    assert look(evaluate="document.getElementById('search-results').hidden")["value"]
    search(look, site / "index.html", "workspace_exec")
    look(follow="Enter")
    assert look(evaluate="document.querySelector('h1').textContent")["value"] == "workspace_exec"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_results_are_accessible(site, look, scheme):
    look(visit=(site / "index.html").as_uri(), scheme=scheme, axe=True)
    look(press="/")
    look(type="job")
    look(wait="document.querySelectorAll('#search-results a').length > 3")
    found = look(evaluate="axe.run(document, {resultTypes: ['violations'], preload: false}).then(r => r.violations.map(v => v.id))")["value"]
    assert found == []


# --- Writing ------------------------------------------------------------------------------------------------------------


def test_it_replaces_its_own_site_and_nothing_else(tmp_path):
    lists_of = tmp_path / "lists"
    lists_of.mkdir()
    (lists_of / "a.json").write_text('{"tools": [{"name": "one"}]}')
    out = tmp_path / "site"
    build(lists_of, out)
    (lists_of / "a.json").write_text('{"tools": [{"name": "two"}]}')
    build(lists_of, f"{out}/")
    assert not (out / "tools/a/one.html").exists() and (out / "tools/a/two.html").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lists", "site"]

    other = tmp_path / "other"
    other.mkdir()
    build(lists_of, other)  # empty: it may be taken
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    assert f'"{mine}" was not written by catalog build' in build(lists_of, mine, status=1).stderr
    assert "was not written by catalog build" in build(lists_of, lists_of, status=1).stderr
    assert [p.name for p in mine.iterdir()] == ["notes.txt"]
    (tmp_path / "file").write_text("")
    assert "is no folder" in build(lists_of, tmp_path / "file", status=1).stderr
    assert "cannot be made beside" in build(lists_of, tmp_path / "absent/site", status=1).stderr


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "a.json").write_text('{"tools": [{"name": "one"}]}')
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    build(tmp_path / "a.json", tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real/index.html").exists()


@pytest.mark.parametrize("name, content, why", [
    ("broken.json", "[", "is not JSON"), ("other.json", '{"x": 1}', "it holds no tools"), ("empty.yaml", "", "it is empty"),
    ("nameless.json", '{"tools": [{}]}', 'no map with a "name"'), ("more.json", '{"result": {"tools": [], "nextCursor": "x"}}', "the list goes on"),
])  # fmt: skip
def test_a_bad_list_is_named_and_nothing_is_written(tmp_path, name, content, why):
    lists_of = tmp_path / "lists"
    lists_of.mkdir()
    (lists_of / "good.json").write_text('{"tools": [{"name": "one"}]}')
    (lists_of / name).write_text(content)
    error = build(lists_of, tmp_path / "site", status=1).stderr
    assert name in error and why in error and "good.json" not in error
    assert not (tmp_path / "site").exists()


def test_a_report_of_a_scan_will_do(tmp_path):
    report = subprocess.run([os.path.abspath(harness.binary()), "scan", "--from", str(TOOLS / "arcane.json"), "--format", "json"],
                            capture_output=True, text=True, timeout=harness.TIMEOUT, check=True).stdout  # fmt: skip
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/arcane.json").write_text(report)
    build(tmp_path / "lists", tmp_path / "site")
    build(TOOLS / "arcane.json", tmp_path / "other")
    ours, theirs = (Page(tmp_path / f / "tools/arcane/arcane_job_run.html").source for f in ("site", "other"))
    assert ours == theirs
    (tmp_path / "lists/arcane.json").write_text(report.replace('"class":"Execute"', '"class":"Odd"'))
    assert 'has no "class" that can be read' in build(tmp_path / "lists", tmp_path / "site", status=1).stderr


def test_reports_of_several_servers_will_do(tmp_path):
    servers = {n: {"command": sys.executable, "args": ["-S", "-E", str(harness.TESTS / "scan/server.py"), str(tmp_path / n), f"name={n}"]} for n in "ab"}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    scan = [os.path.abspath(harness.binary()), "scan", "--client-config", str(tmp_path / "mcp.json"), "--yes", "--format", "json"]
    report = subprocess.run(scan, capture_output=True, text=True, timeout=harness.TIMEOUT, check=True).stdout
    assert len(json.loads(report)["servers"]) == 2
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/ours.json").write_text(report)
    (tmp_path / "lists/played-3.json").write_text('{"tools": [{"name": "one"}]}')
    build(tmp_path / "lists", tmp_path / "site")
    assert sorted(p.name for p in (tmp_path / "site/servers").iterdir()) == ["played", "played-2", "played-3"]
    assert (tmp_path / "site/tools/played-2/delete_thing.html").exists() and (tmp_path / "site/tools/played-3/one.html").exists()
    assert sys.executable not in Page(tmp_path / "site/servers/played/index.html").source
    (tmp_path / "lists/ours.json").write_text(report.replace('"class":"Destructive"', '"class":"Odd"'))
    error = build(tmp_path / "lists", tmp_path / "site", status=1).stderr
    assert "ours.json" in error and "server 1 of the reports" in error
    (tmp_path / "lists/ours.json").write_text('{"servers": [{"tools": []}]}')
    assert "is no report" in build(tmp_path / "lists", tmp_path / "site", status=1).stderr


def test_bad_use(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds no tool lists" in build(tmp_path / "empty", tmp_path / "site", status=1).stderr
    assert "No such file" in build(tmp_path / "absent", tmp_path / "site", status=1).stderr
    assert "--base-url" in build(TOOLS, tmp_path / "site", "--base-url", "javascript:x", status=2).stderr
    (tmp_path / "a.json").write_text('{"tools": []}')
    (tmp_path / "a.yaml").write_text("tools: []")
    assert "another file of the folder has the name" in build(tmp_path, tmp_path / "site", status=1).stderr


def test_a_title_and_a_base_url(tmp_path):
    (tmp_path / "a.json").write_text('{"tools": [{"name": "one"}]}')
    build(tmp_path / "a.json", tmp_path / "site", "--title", "Ours <&>", "--base-url", "https://example.com/mcp/")
    page = Page(tmp_path / "site/tools/a/one.html")
    assert "https://example.com/mcp/tools/a/one.html" in page.links
    assert "one · Ours <&>" in page.whole_text()
    assert "https://example.com/mcp/servers/a/index.html" in (tmp_path / "site/sitemap.xml").read_text()
