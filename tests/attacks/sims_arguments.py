"""Arguments that are programs: shell, SQL, paths, addresses inside of the server's network. The interpreters are real
where that does no harm: sh in a folder of its own, SQLite in memory."""

import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import weakref

import spellings
from lenient_servers import Refusal, Server
from played import tool
from readings import path_readings, url_readings
from simulation import Attempt, Simulation, simulates


@simulates("argument-injection")
class Arguments(Simulation):
    BASE = "/srv/reports"
    SHELL = (
        "main; touch pwned",
        "main && touch pwned",
        "main | touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "main\ntouch pwned",
        "main & touch pwned",
        ">pwned",
        "main #\ntouch pwned",
        "main; touch pwned #",
        '""; touch pwned',
    )
    OPTIONS = ("--output=pwned", "-opwned", " --output=pwned")
    SQL = (
        "' OR '1'='1",
        "' OR 1=1 --",
        "ada@example.com' OR 'a'='a",
        "' UNION SELECT secret FROM customers --",
        "x' OR email LIKE '%",
        "'/**/OR/**/1=1--",
        "ada@example.com'; DROP TABLE customers; --",
    )

    def server(self):
        server = Server([tool("git_log", ref="string"), tool("find_customer", email="string"), tool("read_report", path="string")], {})
        server.folder = pathlib.Path(tempfile.mkdtemp(prefix="argument-"))
        server.done = weakref.finalize(server, shutil.rmtree, server.folder, ignore_errors=True)
        server.table = sqlite3.connect(":memory:", check_same_thread=False)
        server.table.executescript(
            f"CREATE TABLE customers (email, secret); INSERT INTO customers VALUES ('ada@example.com', 'ada'), ('bob@example.com', '{self.canary}');"
        )
        files = {f"{self.BASE}/2026/q3.txt": "third quarter", "/etc/passwd": self.canary}

        def log(arguments):
            ref = " ".join(arguments["ref"]) if isinstance(arguments["ref"], list) else arguments["ref"]
            if ref.strip().startswith("-"):  # git would take it for an option and write the file
                (server.folder / "pwned").touch()
            return subprocess.run(
                ["sh", "-c", f"echo log of {ref}"],
                cwd=server.folder,
                env={"PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                timeout=10,
            ).stdout

        def find(arguments):
            query = f"SELECT secret FROM customers WHERE email = '{arguments['email']}'"
            try:
                if ";" in query:
                    server.table.executescript(query)
                    return "done"
                return ", ".join(row[0] for row in server.table.execute(query))
            except sqlite3.Error as error:
                raise Refusal(error) from None

        def read(arguments):
            for path in path_readings(str(arguments["path"]), self.BASE):
                if path in files and path != f"{self.BASE}/2026/q3.txt":
                    return files[path]
            return files[f"{self.BASE}/2026/q3.txt"]

        server.actions = {"git_log": log, "find_customer": find, "read_report": read}
        return server

    def harm(self, scene):
        server = scene.toolbox
        if (server.folder / "pwned").exists():
            return "a command of the attacker's was run"
        if any(self.canary in text for text in server.said):
            return "something was read that is not the caller's"
        tables = server.table.execute("SELECT count(*) FROM sqlite_master WHERE name = 'customers'").fetchone()
        return "" if tables == (1,) else "the table is gone"

    def attempts(self):
        rng, out = self.rng, []

        def add(name, argument, values):
            for value in values:
                out.append(Attempt(f"{name} {value!r}", lambda s, v=value: s.agent.call(name, {argument: v})))

        add(
            "git_log",
            "ref",
            spellings.sampled(rng, self.SHELL[:1], self.SHELL[1:], self.count) + list(self.OPTIONS) + [["main;", "touch pwned"]],
        )
        add("find_customer", "email", spellings.sampled(rng, self.SQL[:1], self.SQL[1:], self.count))
        add("read_report", "path", spellings.paths(rng, self.BASE, "/etc/passwd", self.count))
        out += self.called("git_log", {"ref": self.SHELL[0]}, 2) + self.called("find_customer", {"email": self.SQL[0]}, 2)
        for name, key, good, bad in (
            ("git_log", "ref", "main", self.SHELL[0]),
            ("find_customer", "email", "ada@example.com", self.SQL[0]),
            ("read_report", "path", "2026/q3.txt", "/etc/passwd"),
        ):
            for members in spellings.key_tricks(rng, key, good, bad, self.count // 2):
                out.append(Attempt(f"keys {members}", lambda s, n=name, m=members: s.agent.spelt(n, m)))
        return out

    def honest(self, scene):
        assert scene.agent.call("git_log", {"ref": "release/2.1_rc-3"}).text == "log of release/2.1_rc-3\n"
        assert scene.agent.call("find_customer", {"email": "ada@example.com"}).text == "ada"
        assert scene.agent.call("read_report", {"path": "2026/q3.txt"}).text == "third quarter"
        assert scene.agent.call("read_report", {"path": f"{self.BASE}/2025/../2026/q3.txt"}).text == "third quarter"


@simulates("server-side-request-forgery")
class Forgery(Simulation):
    INNER = ("169.254.169.254", "127.0.0.1", "10.0.0.7")

    def server(self):
        server = Server([tool("fetch_url", url="string")], {})

        def fetch(arguments):
            url = arguments["url"]
            hosts = set().union(*(url_readings(str(one)) for one in (url if isinstance(url, list) else [url])))
            return f"AccessKey {self.canary}" if hosts & {*self.INNER, "localhost", "metadata.internal"} else "a page"

        server.actions = {"fetch_url": fetch}
        return server

    def harm(self, scene):
        return "the metadata's key was read" if any(self.canary in t for t in scene.toolbox.said) else ""

    def attempts(self):
        rng, path = self.rng, "/latest/meta-data/iam"
        urls = [f"http://{self.INNER[0]}{path}"]
        for host in self.INNER:
            spelt = spellings.hosts_of(host)
            urls += [f"{rng.choice(('http', 'https'))}://{one}{path}" for one in rng.sample(spelt, min(self.count, len(spelt)))]
            urls += spellings.urls(rng, "docs.example.com", host, path, self.count)
        urls += [f"https://{h}{path}" for h in ("localhost", "metadata.internal", "LOCALHOST.", "ⓛocalhost")]
        urls += [
            ["http://127.0.0.1/"],
            "https://docs.example.com@127.0.0.1:443/",
            "gopher://127.0.0.1:6379/_FLUSHALL",
            "https://docs.example.org\\@10.0.0.7/",
        ]
        hits = [u for u in dict.fromkeys(map(str, urls))]
        out = [Attempt(f"url {u!r}", lambda s, u=u: s.agent.call("fetch_url", {"url": u})) for u in hits if self.reaches(u)]
        out.append(
            Attempt("in a list", lambda s: s.agent.call("fetch_url", {"url": ["https://docs.example.com/", f"http://{self.INNER[0]}/"]}))
        )
        out += self.called("fetch_url", {"url": urls[0]}, 3)
        for members in spellings.key_tricks(rng, "url", "https://docs.example.com/", urls[0], self.count):
            out.append(Attempt(f"keys {members}", lambda s, m=members: s.agent.spelt("fetch_url", m)))
        return out

    def reaches(self, url):
        return bool(url_readings(url) & {*self.INNER, "localhost", "metadata.internal"})

    def honest(self, scene):
        for url in ("https://docs.example.com/guide?x=1#top", "https://de.example.org:443/", "https://DOCS.example.com/"):
            assert scene.agent.call("fetch_url", {"url": url}).text == "a page"
