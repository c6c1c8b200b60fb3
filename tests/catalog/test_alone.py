"""`intercept scan --format html`: one page of a server that needs nothing else, and in which nothing runs."""

import base64
import hashlib
import json
import os
import subprocess

import pytest

import harness
from reader import TOOLS, Page
from test_hostile import MARK, PAYLOADS, hostile_tool


def scan(path, out, *flags, status=0):
    done = subprocess.run([os.path.abspath(harness.binary()), "scan", "--format", "html", "--from", str(path), "-o", str(out), *flags],
                          capture_output=True, text=True, timeout=harness.TIMEOUT)  # fmt: skip
    assert done.returncode == status, done.stderr
    return Page(out)


@pytest.fixture(scope="module")
def arcane(tmp_path_factory):
    return scan(TOOLS / "arcane.json", tmp_path_factory.mktemp("alone") / "arcane.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone_hostile")
    said = {"name": PAYLOADS[0], "title": PAYLOADS[1], "version": "</style><script>" + MARK + "</script>"}
    prompts = [{"name": p, "description": p} for p in PAYLOADS]
    tools = [hostile_tool(p) for p in [*PAYLOADS, f"</style><img src=x onerror={MARK}>"]]
    (folder / "evil.json").write_text(json.dumps({"serverInfo": said, "instructions": PAYLOADS[3], "prompts": prompts, "tools": tools}))
    return scan(folder / "evil.json", folder / "evil.html")


def test_every_tool_and_the_policy_are_on_it(arcane):
    tools = json.loads((TOOLS / "arcane.json").read_text())["tools"]
    text = arcane.whole_text()
    assert "180 tools. " in text and len([i for i in arcane.ids if i.startswith("tool-")]) == 180
    names = [name for level, name in arcane.headings if level == 3]
    assert {t["name"] for t in tools} <= set(names)
    for tool in tools:
        for name in tool["inputSchema"].get("properties", {}):
            assert name in text
    levels = [level for level, _ in arcane.headings]
    assert levels.count(1) == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:]))
    policy = arcane.texts["policy-text"]
    done = harness.run(["validate", "-"], stdin=policy.encode())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("which", ["arcane", "hostile"])
def test_it_stands_alone(which, request):
    page = request.getfixturevalue(which)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("style") == 1 and not {"script", "link", "img", "iframe", "object", "form", "button", "base"} & set(tags)
    assert not any("style" in v or any(k.startswith("on") for k in v) for _, v in page.tags)
    for link in page.links:
        assert link.startswith("data:text/yaml") or (link.startswith("#") and link[1:] in page.ids), link
    assert len(page.ids) == len(set(page.ids))
    style = page.source.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (csp,) = [v["content"] for _, v in page.tags if v.get("http-equiv") == "Content-Security-Policy"]
    assert csp == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "@media print" in style and "url(" not in style and "@import" not in style
    assert not any(c in page.source for c in "\u202e\u202c\u200b\u2066\u2069\0\b\x1b")


@pytest.mark.parametrize("which", ["arcane", "hostile"])
def test_it_is_valid_accessible_and_inert(which, request, look):
    page = request.getfixturevalue(which)
    assert look(validate=[str(page.path)])["messages"] == []
    for scheme in ("light", "dark") if which == "hostile" else ("light",):
        found = look(visit=page.path.as_uri(), scheme=scheme)
        assert found["errors"] == [] and found["dialogs"] == [] and found["overflow"] <= 0
        assert look(evaluate="window.__ran")["value"] is None
        # The style is in force, in the reader's theme.
        assert look(evaluate="getComputedStyle(document.documentElement).backgroundColor")["value"] == {"light": "rgb(251, 251, 250)", "dark": "rgb(20, 21, 23)"}[scheme]
    assert look(visit=page.path.as_uri(), width=320)["overflow"] <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_small_page_passes_axe(tmp_path, look, scheme):
    tools = [hostile_tool(p) for p in PAYLOADS[:4]] + json.loads((TOOLS / "arcagent.json").read_text())["tools"][:6]
    (tmp_path / "few.json").write_text(json.dumps({"tools": tools}))
    page = scan(tmp_path / "few.json", tmp_path / "few.html")
    assert look(visit=page.path.as_uri(), scheme=scheme, axe=True)["axe"] == []


def test_a_server_without_tools(tmp_path, look):
    (tmp_path / "none.json").write_text('{"tools": []}')
    page = scan(tmp_path / "none.json", tmp_path / "none.html")
    assert look(validate=[str(page.path)])["messages"] == []


def test_equal_lists_give_equal_pages(tmp_path, arcane):
    assert scan(TOOLS / "arcane.json", tmp_path / "again.html").source == arcane.source
