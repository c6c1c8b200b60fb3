"""How a session ends: by the client, by a signal, by the server; what the exit status is; that nothing is left."""
import json
import os
import signal
import time

import pytest

from proxy_process import SLACK, children, is_alive, wait_until

SIGNALS = [signal.SIGTERM, signal.SIGINT]  # SIGHUP loads the policy anew (tests/state/test_reload.py)


def ready(proxy):
    proxy.request(0, "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={"name": "t", "version": "1"})
    return proxy.answer(0)


def all_gone(pids, deadline=1 + SLACK):
    wait_until(lambda: not any(is_alive(p) for p in pids), f"the end of {pids}", deadline)


def helpers_of(proxy):
    """Processes that Intercept started: the server and the watchdog."""
    return wait_until(lambda: (lambda c: c if len(c) == 2 else None)(children(proxy.pid)), "server and watchdog")


# The client ends it.

def test_client_closes_and_the_server_ends_by_itself(start):
    proxy = start()
    ready(proxy)
    helpers = helpers_of(proxy)
    begun = time.monotonic()
    proxy.close_input()
    assert proxy.wait() == 0
    assert time.monotonic() - begun < 0.5 + SLACK
    assert proxy.rest() == []
    all_gone(helpers)


def test_answers_that_are_still_to_come_arrive_after_the_client_closed(start):
    proxy = start()
    for n in range(200):
        proxy.call(n, "echo", text=f"text {n}")
    proxy.close_input()
    assert [proxy.text(n) for n in range(200)] == [f"text {n}" for n in range(200)]
    assert proxy.wait() == 0


def test_server_ignores_the_end_of_input(start):
    proxy = start("ignore-eof", "child")
    ready(proxy)
    pids = proxy.pids(2)
    begun = time.monotonic()
    proxy.close_input()
    assert proxy.wait() == 128 + signal.SIGTERM
    assert 1.7 < time.monotonic() - begun < 3.5
    all_gone(pids)


def test_server_ignores_everything(start):
    proxy = start("ignore-eof", "ignore-term", "child")
    ready(proxy)
    pids = proxy.pids(2)
    begun = time.monotonic()
    proxy.close_input()
    assert proxy.wait() == 128 + signal.SIGKILL
    assert 3.4 < time.monotonic() - begun < 3.8 + SLACK
    all_gone(pids)


def test_client_closes_in_the_middle_of_a_message(start):
    proxy = start()
    ready(proxy)
    proxy.send(b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo"')
    proxy.close_input()
    assert proxy.wait() == 0
    assert proxy.rest() == []
    assert len(proxy.received()) == 1
    assert b"no line end" in proxy.stderr()


def test_a_whole_message_without_its_line_end_is_not_forwarded(start):
    proxy = start()
    ready(proxy)
    proxy.send(b'{"jsonrpc":"2.0","id":7,"method":"ping"}')
    proxy.close_input()
    assert proxy.wait() == 0
    assert len(proxy.received()) == 1, "a server would not have taken it either"


def test_client_is_gone_although_its_input_stays_open(start):
    proxy = start("ignore-eof", read=False)
    pids = proxy.pids(1)
    begun = time.monotonic()
    proxy.close_output()
    assert proxy.wait() == 128 + signal.SIGTERM
    assert time.monotonic() - begun < 3.5
    all_gone(pids)


def test_client_that_does_not_read_its_last_answers_does_not_keep_us(start):
    proxy = start(read=False)
    proxy.call(1, "make", bytes=3_000_000)
    wait_until(lambda: len(proxy.received()) == 1, "the call at the server")
    begun = time.monotonic()
    proxy.close_input()
    proxy.wait()
    assert time.monotonic() - begun < 4 + SLACK


# A signal to us ends it.

@pytest.mark.parametrize("number", SIGNALS)
def test_signal(start, number):
    proxy = start("child")
    ready(proxy)
    helpers = helpers_of(proxy)
    pids = proxy.pids(2)
    begun = time.monotonic()
    os.kill(proxy.pid, number)
    assert proxy.wait() == 128 + number
    assert time.monotonic() - begun < 2 + SLACK
    all_gone(helpers + pids)


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_and_a_server_that_ignores_it(start, number):
    proxy = start("ignore-term", "ignore-eof", "child")
    ready(proxy)
    pids = proxy.pids(2)
    begun = time.monotonic()
    os.kill(proxy.pid, number)
    assert proxy.wait() == 128 + number
    assert time.monotonic() - begun < 2 + SLACK
    all_gone(pids)


def test_signal_gives_the_server_its_time(start):
    proxy = start("slow-term=0.5")
    ready(proxy)
    begun = time.monotonic()
    os.kill(proxy.pid, signal.SIGTERM)
    assert proxy.wait() == 128 + signal.SIGTERM
    assert 0.45 < time.monotonic() - begun < 1.4 + SLACK


def test_second_signal_does_not_wait(start):
    proxy = start("ignore-term", "ignore-eof")
    ready(proxy)
    begun = time.monotonic()
    os.kill(proxy.pid, signal.SIGTERM)
    time.sleep(0.05)  # two signals, not one that is pending twice
    os.kill(proxy.pid, signal.SIGTERM)
    assert proxy.wait() == 128 + signal.SIGTERM
    assert time.monotonic() - begun < 0.5 + SLACK


def test_signal_with_a_call_in_flight_answers_it(start):
    proxy = start()
    proxy.call(1, "silent")
    wait_until(lambda: len(proxy.received()) == 1, "the call at the server")
    os.kill(proxy.pid, signal.SIGTERM)
    assert "error" in proxy.answer(1)
    assert proxy.wait() == 128 + signal.SIGTERM


def test_sigkill_leaves_nothing_of_the_group(start):
    proxy = start("ignore-term", "ignore-eof", "child")
    ready(proxy)
    pids = proxy.pids(2) + helpers_of(proxy)
    os.kill(proxy.pid, signal.SIGKILL)
    all_gone(pids)


def test_sigkill_to_our_process_group_leaves_nothing(start):
    proxy = start("ignore-term", "ignore-eof", "child")
    ready(proxy)
    pids = proxy.pids(2) + helpers_of(proxy)
    os.killpg(proxy.pid, signal.SIGKILL)
    all_gone(pids)


def test_two_at_once_and_one_is_killed(start):
    first, second = start(), start()
    ready(first), ready(second)
    os.kill(first.pid, signal.SIGKILL)
    all_gone(first.pids(1))
    second.call(1, "echo", text="alive")
    assert second.text(1) == "alive"
    second.close_input()
    assert second.wait() == 0


# The server ends it.

def test_server_exits_at_once(start):
    proxy = start("exit=3")
    begun = time.monotonic()
    assert proxy.rest() == []
    assert proxy.wait() == 3
    assert time.monotonic() - begun < 1 + SLACK


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_server_is_killed(start, number):
    proxy = start(f"kill={int(number)}")
    assert proxy.rest() == []
    assert proxy.wait() == 128 + number


@pytest.mark.parametrize("how, status", [({"status": 0}, 0), ({"status": 42}, 42), ({"signal": 9}, 137)])
def test_calls_in_flight_are_answered_when_the_server_dies(start, how, status):
    proxy = start()
    for n in range(10):
        proxy.call(n, "silent")
    proxy.call("last", "die", **how)
    answers = [json.loads(line) for line in proxy.rest()]
    assert all("error" in a for a in answers), answers
    assert len(answers) == 11 and {str(a["id"]) for a in answers} == {*map(str, range(10)), "last"}
    assert proxy.wait() == status


def test_last_output_is_delivered(start):
    count = 20_000  # some 1.8 MB: far more than the pipes hold
    proxy = start(f"burst-exit={count}", read=False)
    wait_until(lambda: proxy.reported("pids"), "the server's start")
    proxy.start_reading()
    lines = proxy.rest()
    assert len(lines) == count
    assert b'"data":%d}' % (count - 1) in lines[-1]
    assert proxy.wait() == 5


def test_descendant_that_holds_the_output_does_not_keep_us(start):
    proxy = start("child-holds-stdout")
    ready(proxy)
    pids = proxy.pids(2)
    proxy.call(1, "die", status=4)
    begun = time.monotonic()
    assert "error" in proxy.answer(1)
    assert proxy.wait() == 4
    assert time.monotonic() - begun < 1.5 + SLACK
    all_gone(pids)


def test_descendant_that_talks_on_does_not_keep_us(start):
    proxy = start("talkative-child")
    proxy.call(1, "die", status=4)
    begun = time.monotonic()
    assert "error" in proxy.answer(1)
    assert proxy.wait() == 4
    assert time.monotonic() - begun < 3 + SLACK
    all_gone(proxy.pids(2))


def test_server_closes_its_output_and_lives(start):
    proxy = start("close-stdout", "ignore-eof")
    proxy.call(1, "echo", text="x")
    answer = proxy.answer(1)
    assert "closed its output" in answer["error"]["message"]
    assert proxy.rest() == []
    assert proxy.wait() == 128 + signal.SIGTERM
    all_gone(proxy.pids(1))


def test_server_closes_its_input_and_lives(start):
    proxy = start("close-stdin")
    proxy.call(1, "echo", text="x")
    assert proxy.text(1) == "x"
    proxy.call(2, "echo", text="nobody reads this")
    assert "error" in proxy.answer(2)
    assert proxy.wait() == 128 + signal.SIGTERM
    all_gone(proxy.pids(1))


@pytest.mark.parametrize("command, status, words", [
    (["intercept-no-such-command"], 127, b"intercept-no-such-command: command not found"),
    (["/no/such/place"], 127, b"/no/such/place"),
    (["/etc/passwd"], 126, b"/etc/passwd"),
    (["/"], 126, b"/"),
])
def test_command_that_cannot_be_started(start, command, status, words):
    proxy = start(command=command)
    assert proxy.rest() == []
    assert proxy.wait() == status
    assert words in proxy.stderr()


def test_shutdown_is_recorded_with_the_servers_status(start):
    proxy = start()
    proxy.call(1, "echo", text="x")
    proxy.text(1)
    proxy.call(2, "die", status=9)
    assert proxy.wait() == 9
    last = proxy.records()[-1]
    assert last["event"] == "shutdown" and last["exit_status"] == 9 and last["calls"] == 2, last
