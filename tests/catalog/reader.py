"""Reads a site of the catalogue: its files with Python's own parser, its pages with Chromium, an HTML validator and axe
(tests/peers/site/site.mjs)."""

import html.parser
import json
import os
import pathlib
import shutil
import subprocess
import urllib.parse

import pytest

import harness

CHROMIUM = next((p for n in ("chromium-headless-shell", "chromium", "google-chrome") if (p := shutil.which(n))), None)
PROGRAM = harness.PEERS / "site/site.mjs"
TOOLS = harness.TESTS / "data/tools"


def build(lists, out, *flags, status=0, timeout=None):
    """Runs `catalog build`: a CompletedProcess."""
    done = subprocess.run([os.path.abspath(harness.binary()), "catalog", "build", "--from", str(lists), "--out", str(out), *flags],
                          capture_output=True, text=True, timeout=timeout or harness.TIMEOUT)
    assert done.returncode == status, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


class Reader:
    """site.mjs, as long as the tests of one worker run."""

    def __init__(self):
        node = harness.BUILD / "node/bin/node"
        command = [str(node) if node.exists() else "node", str(PROGRAM), "--browser", CHROMIUM]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, **job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "site.mjs ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait(harness.TIMEOUT)


def missing():
    """Why the pages cannot be looked at, or ""."""
    if not CHROMIUM:
        return "no Chromium (Debian: chromium-headless-shell)"
    return "" if PROGRAM.exists() else f"{PROGRAM} is not there (ensure_peers)"


def require_reader():
    if reason := missing():
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return Reader()


class Page(html.parser.HTMLParser):
    """What a page holds, without a browser: links, ids, the text of elements with an id, all of its text."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.ids, self.tags = pathlib.Path(path), [], [], []
        self.texts, self._open, self.text, self.headings, self._heading = {}, [], [], [], None
        self.source = self.path.read_text(encoding="utf-8")
        self.feed(self.source)

    VOID = {"meta", "link", "input", "br", "img", "rect", "path"}

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append((tag, values))
        for name in ("href", "src"):
            if name in values:
                self.links.append(values[name])
        if "id" in values:
            self.ids.append(values["id"])
            self.texts[values["id"]] = ""
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append([int(tag[1]), ""])
        if tag not in self.VOID:
            self._open.append((tag, values.get("id")))

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        assert self._open and self._open[-1][0] == tag, f"{self.path}: </{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data):
        self.text.append(data)
        for tag, own in self._open:
            if own:
                self.texts[own] += data
            if tag in ("h1", "h2", "h3", "h4"):
                self.headings[-1][1] += data

    def whole_text(self):
        return " ".join(" ".join(self.text).split())

    def targets(self):
        """(file, fragment) of each link within the site; downloads of the page's own text are left out."""
        for link in self.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme in ("data", "https"):
                continue
            assert not parts.scheme and not parts.netloc and not parts.query, f"{self.path}: {link}"
            name = urllib.parse.unquote(parts.path)
            assert name == "" or name.endswith((".html", ".css", ".js", ".yaml")), f"{self.path}: {link} names no file"
            yield (self.path if name == "" else (self.path.parent / name)).resolve(), parts.fragment
