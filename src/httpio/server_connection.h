// Internal to the server: one accepted connection, its requests one after another, and its time-outs.
//
// What must stay true:
// - At most one exchange is open. What arrives meanwhile is kept, at most some 64 KiB, and read when its response is
//   complete and the client has taken it.
// - Between two requests, and while an event stream waits, nothing is held but this object and the request's head; the
//   head in the former case only by so many connections as the core allows.
// - When it is closed it tells the core at once and is destroyed later; no function of its own may find itself gone.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/reader.h"
#include "httpio/server.h"
#include "net/loop.h"
#include "net/stream.h"

namespace httpio {

class ServedExchange;
class ServerCore;

class ServerConnection final : public net::Stream::Handler {
 public:
  // `counts`: it is served; else it will be refused. `tls` null: plain.
  ServerConnection(ServerCore& core, net::Descriptor socket, const net::SocketAddress& peer,
                   std::shared_ptr<const net::TlsServer> tls, bool counts);
  ~ServerConnection() override;

  // For the core.
  std::size_t index = 0;  // among its connections
  bool counts() const { return counts_; }
  const net::SocketAddress& peer() const { return peer_; }
  bool owns_reader() const { return owns_reader_; }
  // Answers with a status and why, and closes.
  void refuse(unsigned status, std::string_view reason);
  // Closes if nothing is going on.
  void drain();
  // Closes now, and tells nobody.
  void close() { give_up(Tell::no); }
  // Goes on with what was kept.
  void read_kept();
  // Sends what was put off.
  void flush();

  // For the exchange.
  enum class Tell : bool { no, yes };
  ServerCore& core() const { return core_; }
  bool is_tls() const { return is_tls_; }
  bool half_closed() const { return half_closed_; }
  std::size_t queued() const;
  // A response is about to be written. True: the connection is closed after it, and the response must say so.
  bool begin_response();
  // Sends the core's buffer, after what waits in unsent_. False: that was more than may wait, and the connection is
  // closed.
  bool send();
  // The same at the end of the turn at the latest: what an event stream says in one turn goes out in one piece.
  bool send_later();
  // All of the response was sent; the exchange has let go of us.
  void response_complete();
  // Closes now. Whoever holds the exchange is told, from the loop, that it is closed. `reset`: the client must not
  // take it for an orderly end.
  void give_up(Tell tell, bool reset = false);

 private:
  enum class State : std::uint8_t {
    handshake,  // of TLS
    idle,       // no byte of a request has come
    head,       // some have
    content,    // the head is there
    answering,  // the request is complete, or its content is not wanted
    flushing,   // the response is complete and waits for the client to take it
    closing,    // our end is sent, or queued; what comes is thrown away
    dead,
  };

  void on_bytes(net::Stream& stream, std::string_view bytes) override;
  void on_end(net::Stream& stream, std::string_view error) override;
  void on_drained(net::Stream& stream) override;
  void on_secured(net::Stream& stream) override;

  bool reads() const { return state_ == State::idle || state_ == State::head || state_ == State::content; }
  void read(std::string_view in);
  void read_requests(std::string_view& in);
  void after_reading(std::string_view rest);
  bool take(const http::Step& step, std::string_view rest);
  void take_head(std::string_view rest);
  void take_content(std::string_view piece);
  void take_end();
  void release_content();
  void wait_for_answer();
  void keep(std::string_view bytes);
  void discard(std::size_t bytes);
  void go_on();
  void rest();
  void cut_off();
  void client_ended();
  void start_closing();
  void linger();

  void on_timer();
  void set_deadline(base::Duration from_now);
  void watch_queue();
  void check_queue();
  void check_content();

  ServerCore& core_;
  std::unique_ptr<net::Stream> stream_;
  net::SocketAddress peer_;
  std::shared_ptr<ServedExchange> exchange_;  // until its response is complete
  std::optional<http::RequestReader> reader_;
  std::string kept_;    // what came while it could not be read
  std::string unsent_;  // of an event stream, until the turn's end
  net::Timer timer_;    // at the deadline or before it
  std::optional<base::BootTime> deadline_;
  base::BootTime progress_at_{};  // when the queue was last seen to have moved
  std::uint64_t progress_ = 0;    // Stream::written() then
  std::uint64_t content_ = 0;     // bytes of content since the deadline was set
  std::size_t held_ = 0;          // content, as the core counts it
  std::size_t discarded_ = 0;
  State state_;
  bool counts_;
  bool is_tls_;
  bool busy_ = false;             // in read()
  bool owns_reader_ = false;      // it is kept between requests
  bool reader_is_fresh_ = false;  // no byte was given to it since its last message
  bool paused_ = false;           // the stream is, since too much is kept
  bool read_due_ = false;         // read_kept() will be called
  bool half_closed_ = false;      // the client has sent its end
  bool closes_ = false;           // after the response
  bool request_over_ = false;     // the reader is at the request's end
  bool rest_is_here_ = false;     // all of the content has arrived with the head
  bool discards_ = false;         // the rest of the request is not wanted
  bool watches_queue_ = false;
};

}  // namespace httpio
