// See the header.
#include "client/lister.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/document.h"
#include "transport/mirrors.h"

namespace client {
namespace {

// How long server/discover alone is waited for: servers before 2026-07-28 may be silent to it.
constexpr base::Duration most_probe = std::chrono::seconds(3);
constexpr base::Duration farewell = std::chrono::seconds(2);
// An error that a remote server writes may be a whole page.
constexpr std::size_t shown_of_trouble = 2000;

proxy::ToServer outgoing(Dialogue::Message m) {
  proxy::ToServer out;
  out.request = !m.id_key.empty();
  out.id_key = std::move(m.id_key);
  out.method = std::move(m.method);
  out.modern = m.modern;
  if (m.modern) {
    json::Document document;
    mcp::Message message;
    if (document.read(m.text, json::Profile::strict) &&
        mcp::read_message(document.root(), mcp::Direction::client_to_server, message))
      out.mirrors = transport::mirrors_of(message, nullptr);
  }
  out.text = std::move(m.text);
  return out;
}

std::string spell(base::Duration time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

Lister::Lister(net::Loop& loop, Connection& connection, ListOptions options,
               std::function<void(base::Result<Listing>)> done)
    : loop_(loop),
      connection_(connection),
      options_(std::move(options)),
      done_(std::move(done)),
      dialogue_(options_.version),
      limit_(loop, [this] { late(); }),
      probe_(loop, [this] {
        dialogue_.probe_is_silent();
        advance();
      }) {
  limit_.after(options_.timeout);
  loop_.post([this] { open(true); });
}

Lister::~Lister() = default;

void Lister::open(bool probe) {
  if (ending_) return;
  auto link = connection_.open(*this);
  if (!link) {
    trouble_ = link.error().message;
    return end();
  }
  link_ = std::move(*link);
  dialogue_.begin(probe);
  if (probe) probe_.after(std::min<base::Duration>(most_probe, options_.timeout / 4));
  advance();
}

// Some servers end at a request before initialize: the process is started once more, and asked the old way.
void Lister::reopen() {
  reopening_ = reopened_ = true;
  probe_.cancel();
  link_->end(farewell, [this] {
    loop_.post([this] {
      reopening_ = false;
      link_.reset();
      if (ending_) return finish();
      open(false);
    });
  });
}

// Sends what is to be sent, and ends when there is nothing more.
void Lister::advance() {
  if (sending_ || ending_ || reopening_ || link_ == nullptr) return;
  sending_ = true;
  for (auto messages = dialogue_.take_outgoing(); !messages.empty(); messages = dialogue_.take_outgoing()) {
    for (Dialogue::Message& m : messages) link_->send(outgoing(std::move(m)));
  }
  sending_ = false;
  if (dialogue_.done() || dialogue_.failure()) end();
}

void Lister::late() {
  const std::string method = dialogue_.waiting_for();
  cut_short("the server did not answer " + (method.empty() ? "in" : method + " within") + ' ' +
            spell(options_.timeout) + " (--timeout)");
}

void Lister::cut_short(const std::string& why) {
  if (ending_) return;
  dialogue_.cut_short(why);
  end();
}

void Lister::stop(const std::string& why) {
  if (ending_) return;
  trouble_ = why;
  end();
}

// The link may be in the middle of a call: it is destroyed from the loop only.
void Lister::end() {
  if (std::exchange(ending_, true)) return;
  limit_.cancel();
  probe_.cancel();
  if (reopening_) return;  // its end goes on in finish()
  if (link_ == nullptr) return loop_.post([this] { finish(); });
  link_->end(farewell, [this] { loop_.post([this] { finish(); }); });
}

void Lister::finish() {
  link_.reset();
  auto done = std::exchange(done_, nullptr);
  if (!done) return;
  if (trouble_.empty() && dialogue_.failure()) trouble_ = *dialogue_.failure();
  if (!trouble_.empty()) return done(base::fail(explained(std::move(trouble_))));
  Listing listing = dialogue_.take_listing();
  listing.transport = connection_.transport();
  done(std::move(listing));
}

std::string Lister::explained(std::string why) {
  why = base::printable(why, shown_of_trouble);
  for (const std::string& warning : warnings_) why += "\n" + warning;
  if (!dialogue_.noise().empty()) why += "\nIts output has lines that are no messages; the first: " + dialogue_.noise();
  const std::vector<std::string> lines = connection_.last_lines();
  if (!lines.empty()) why += "\nThe last that it wrote to its standard error:";
  for (const std::string& line : lines) why += "\n  " + line;
  return why;
}

void Lister::on_server_message(std::string_view text, mediator::Scope) {
  dialogue_.on_text(text);
  advance();
}

void Lister::on_server_oversized(std::string_view, std::size_t limit) {
  stop("the server sent a message of more than " + std::to_string(limit >> 20) + " MiB");
}

void Lister::on_server_status(mediator::Scope, const std::string& id_key, unsigned status, std::string body) {
  dialogue_.on_status(id_key, status, body);
  advance();
}

void Lister::on_server_unanswered(mediator::Scope, const std::string& id_key, bool delivered, std::string how) {
  dialogue_.on_unanswered(id_key, delivered, how);
  advance();
}

void Lister::on_server_session_lost(std::string how) { cut_short(how); }

void Lister::on_server_gone(std::string how, std::uint64_t) {
  if (ending_ || reopening_) return;
  if (connection_.is_process() && dialogue_.probing() && !reopened_) return reopen();
  const std::string method = dialogue_.waiting_for();
  if (!connection_.is_process()) return cut_short(how);
  cut_short("the server " + how + (method.empty() ? std::string() : " before it answered " + method));
}

// Why something did not work that a call says only came to nothing.
void Lister::note(mediator::Level level, std::string_view text) {
  constexpr std::size_t most = 3;
  if (level >= mediator::Level::warn && warnings_.size() < most)
    warnings_.push_back(base::printable(text, shown_of_trouble));
}

bool Lister::is_waiting(mediator::Scope, const std::string& id_key) { return dialogue_.waits_for(id_key); }

}  // namespace client
