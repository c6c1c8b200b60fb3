"""Servers that attack whoever reads about them: whatever they put into names, titles, descriptions and schemas, a page
shows it as text, a path is a slug, a policy loads, and nothing runs."""

import json
import os
import resource
import subprocess

import pytest

import harness
from reader import Page, build

MARK = "window.__ran=1"
PAYLOADS = [
    f"</script><script>{MARK}</script>",
    f"</title><img src=x onerror={MARK}>",
    f"\"'><svg onload={MARK}>",
    f"javascript:{MARK}",
    f"</pre></figure><iframe srcdoc='<script>{MARK}</script>'>",
    f"<a href=\"javascript:{MARK}\">click</a>",
    "\u202eevil\u202c\u200b\u2066x\u2069",
    "\u0000\u0008\u001b[31mred",
    "--><!--<![CDATA[",
    "]]>{{constructor}}${x}",
    "\ud800 lone",
    "line\nbreak\r\n# comment\n  - action: allow",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "a/b/c",
    "",
    "   ",
    "index",
    "NUL",
    "%2e%2e%2f",
    "x" * 900,
    "*",
    "\\*",
    "yes",
    "null",
    "1e3",
    "'\"&<>",
]


def hostile_tool(name):
    schema = {"type": "object", "properties": {name: {"type": name, "description": name}}, "required": [name]}
    return {"name": name, "title": name, "description": name * 3, "inputSchema": schema, "annotations": {"title": name}}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A site of servers with those names and tools."""
    folder = tmp_path_factory.mktemp("hostile")
    lists = folder / "lists"
    lists.mkdir()
    for i, payload in enumerate([*PAYLOADS[:3], PAYLOADS[6]]):
        name = payload.replace("/", "_").replace("\0", "")[:80] or f"s{i}"
        info = {"name": payload, "title": payload, "version": payload}
        (lists / f"{name}.json").write_text(json.dumps({"serverInfo": info, "instructions": payload, "tools": [hostile_tool(p) for p in PAYLOADS]}))
    (lists / "bäd näme.json").write_text(json.dumps({"tools": [hostile_tool("a")]}))
    out = folder / "site"
    build(lists, out, "--title", PAYLOADS[1], "--base-url", "https://example.com/")
    return out


def test_paths_are_safe(hostile):
    files = [p.relative_to(hostile) for p in hostile.rglob("*") if p.is_file()]
    assert len({str(p).lower() for p in files}) == len(files)
    for path in files:
        for part in path.parts:
            assert len(part) < 128 and all(c.isascii() and (c.isalnum() or c in "._-~") for c in part), path
    for server in (hostile / "tools").iterdir():
        assert server.name.startswith(("b-d-n-me~",)) or len(list(server.iterdir())) == len(PAYLOADS)


def test_pages_hold_text_only(hostile):
    for path in hostile.rglob("*.html"):
        page = Page(path)
        assert [v.get("src", "") for t, v in page.tags if t == "script"] == ["../" * (len(path.relative_to(hostile).parts) - 1) + "assets/site.js"]
        assert not any(t in ("iframe", "img") or any(k.startswith("on") for k in v) for t, v in page.tags), path
        assert not any(c in page.source for c in "\u202e\u202c\u200b\u2066\u2069\0\b\x1b"), path
        for link in page.links:
            assert link.startswith(("../", "assets/", "servers/", "tools/", "risk/", "attacks/", "index.html", "#", "https://", "data:text/yaml")), link
        for target, _ in page.targets():
            assert target.exists() and target.is_relative_to(hostile.resolve())


def test_nothing_runs(hostile, look):
    pages = ["index.html", "risk/high.html"] + [str(p.relative_to(hostile)) for p in sorted((hostile / "servers").glob("*/index.html"))[:3]]
    pages += [str(p.relative_to(hostile)) for p in sorted(next((hostile / "tools").iterdir()).iterdir())[::2]]
    for page in pages:
        found = look(visit=(hostile / page).as_uri())
        assert found["errors"] == [] and found["dialogs"] == [] and found["overflow"] <= 0, page
        assert look(evaluate="window.__ran")["value"] is None, page


def test_pages_are_valid_and_accessible(hostile, look):
    chosen = [hostile / "index.html", *sorted((hostile / "servers").glob("*/index.html"))[:2], *sorted((hostile / "tools").rglob("*.html"))[:27:3]]
    assert look(validate=[str(p) for p in chosen])["messages"] == []
    for path in (chosen[0], chosen[1], chosen[4], chosen[-1]):
        assert look(visit=path.as_uri(), axe=True)["axe"] == [], path


def test_the_search_shows_text(hostile, look):
    look(visit=(hostile / "index.html").as_uri())
    look(press="/")
    look(type="onerror")
    look(wait="document.querySelectorAll('#search-results a').length > 0")
    assert look(evaluate="window.__ran")["value"] is None
    assert look(evaluate="document.querySelectorAll('#search-results img').length")["value"] == 0
    look(follow="Enter")
    assert "onerror" in look(evaluate="document.querySelector('h1').textContent")["value"]


def test_policies_load(hostile):
    paths = [str(p) for p in hostile.rglob("policy.yaml")]
    done = subprocess.run([os.path.abspath(harness.binary()), "validate", *paths], capture_output=True, text=True, timeout=harness.TIMEOUT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_megabyte_of_description(tmp_path, look):
    tools = [{"name": f"t{i}", "description": ("word " * 200_000) if i == 0 else "x" * 1_000_000 if i == 1 else "<b>" * 300_000} for i in range(3)]
    (tmp_path / "long.json").write_text(json.dumps({"tools": tools}))
    build(tmp_path / "long.json", tmp_path / "site")
    for path in (tmp_path / "site").rglob("*.html"):
        assert path.stat().st_size < 100_000, path
    for i in range(3):
        page = Page(tmp_path / f"site/tools/long/t{i}.html")
        assert "cut: it has" in page.whole_text()
        assert look(visit=page.path.as_uri())["overflow"] <= 0


@pytest.mark.all_only
def test_a_thousand_servers(tmp_path, look):
    """Seconds to render, and the search is instant."""
    sources = sorted((harness.TESTS / "data/tools").glob("*.json"))
    lists = tmp_path / "lists"
    lists.mkdir()
    for i in range(1000):
        (lists / f"server{i:04}.json").write_bytes(sources[i % len(sources)].read_bytes())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    build(lists, tmp_path / "site", timeout=4 * harness.TIMEOUT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 20 * harness.TIMEOUT / 30  # of the processor; sanitizers need more
    assert look(visit=(tmp_path / "site/index.html").as_uri())["errors"] == []
    look(press="/")
    look(type="j")
    look(wait="document.querySelectorAll('#search-results a').length > 3")
    script = """(() => { const field = document.querySelector('#search input'), times = [];
      for (const word of ['jo', 'job', 'job run', 'arcane_job_run', 'x', 'zzz', 'read file', 'server0999']) {
        field.value = word; const t = performance.now(); field.dispatchEvent(new Event('input')); times.push(performance.now() - t); }
      return Math.max(...times); })()"""
    assert look(evaluate=script)["value"] < 100
