// Internal to the client: one connection, and the exchange that it carries. Between two exchanges it goes on listening:
// whatever arrives then, bytes or an end, closes it.
//
// What must stay true:
// - Bytes are read as an answer only while an exchange is on the connection; what is left over closes it.
// - After a callback of a handler everything may be gone, the connection included: nothing is touched before `gone` was
//   looked at.
// - A stream that ended is never written to again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/reader.h"
#include "httpio/client_exchange.h"
#include "net/stream.h"

namespace httpio {

class ClientConnection final : public net::Stream::Handler {
 public:
  // Takes over a stream that is connected, and begins to listen.
  ClientConnection(ClientPool& pool, std::unique_ptr<net::Stream> stream);
  ~ClientConnection() override;
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Without an exchange: nothing arrived, no end. Asks the system.
  bool is_usable() const;
  // Writes the request: `out`, as ClientExchange::write_to made it, and the content that it left out. Leaves `out`
  // empty. Calls nobody.
  void begin(ClientExchange& exchange, std::string& out);
  // Some of the request may have left us.
  bool sent() const { return stream_->written() > written_before_; }
  ClientExchange* exchange() const { return exchange_; }
  // Takes the exchange off, which hears of nothing more; the connection is closed and must be removed.
  void abandon();

  // Of the exchange.
  void allow_body(std::uint64_t bytes);
  void pause();
  void resume();
  // How long the server says that it keeps the connection, less what a request may need on its way; nothing if it has
  // not said.
  std::optional<base::Duration> server_keeps() const;
  // Later, from the loop: the exchange goes on with what is held, if it still wants to.
  void go_on();

  // What follows is the pool's.
  std::size_t index = 0;      // in its connections
  bool going_on = false;      // go_on() is due
  bool kept = false;          // it was idle: its end may have been on its way when it was used
  base::BootTime idle_until;  // while it is idle

 private:
  class Entry;

  void on_bytes(net::Stream& stream, std::string_view bytes) override;
  void on_end(net::Stream& stream, std::string_view error) override;
  void on_drained(net::Stream& stream) override { static_cast<void>(stream); }

  void feed(std::string_view in);
  void meet_end();
  void complete(bool keep);
  void refuse();
  void fail(std::string what, bool unheard = false);
  ClientExchange& release();
  void read(bool yes);

  ClientPool& pool_;
  std::unique_ptr<net::Stream> stream_;
  std::optional<http::ResponseReader> reader_;  // from the first exchange on
  ClientExchange* exchange_ = nullptr;
  std::uint64_t written_before_ = 0;  // by exchanges before this one
  std::uint64_t allowed_ = 0;         // content of the response
  bool kept_ = false, head_came_ = false;
  bool reading_ = true;             // the stream is
  bool in_feed_ = false;            // pause() and resume() take effect at its end
  std::string held_;                // arrived, and not read because the exchange is paused
  std::optional<std::string> end_;  // the stream ended, with this error
  bool* gone_ = nullptr;            // set if the connection is destroyed within a call from the loop
};

}  // namespace httpio
