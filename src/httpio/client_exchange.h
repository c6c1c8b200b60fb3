// Internal to the client: one exchange as its owner, the pool and a connection see it.
//
// What must stay true:
// - It is in one place at a time, and its pool or connection knows it there: its destructor takes it out.
// - Its request is kept until some of it was written, and not longer.
// - Once it is over, or its client is gone, it touches nobody.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/writer.h"
#include "httpio/client.h"

namespace httpio {

class ClientConnection;
class ClientPool;
struct ClientDial;

class ClientExchange final : public Exchange {
 public:
  using List = std::list<ClientExchange*>;
  enum class Place : std::uint8_t {
    nowhere,    // being placed
    queued,     // waits for any connection
    dialing,    // waits for any connection; one is being opened for it
    connected,  // has a connection
    failing,    // is to hear of its failure
    over,
  };

  ClientExchange(ClientPool& pool, std::shared_ptr<Request> request, ResponseHandler& handler);
  ~ClientExchange() override;
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;

  void allow_body(std::uint64_t bytes) override;
  void pause() override;
  void resume() override;

  // Appends the head, and the content if it is small: then both leave in one packet. An error says what in the request
  // cannot be written; then nothing is appended. `before`: the head of the pool's last request, and this one's then.
  base::Result<void> write_to(std::string& out, std::string_view host, http::WrittenHead& before) const;
  // The content is large and written after what write_to appends, without being copied.
  bool has_body_apart() const;

  // What follows is the pool's and the connection's.
  ClientPool* pool;
  ResponseHandler& handler;
  std::shared_ptr<Request> request;  // null once some of it was written
  Place place = Place::nowhere;
  bool paused = false;
  ClientConnection* connection = nullptr;  // connected
  ClientDial* dial = nullptr;              // dialing
  List::iterator position;                 // queued, dialing, failing: in the pool's list of that name
  std::optional<List::iterator> timed;     // in the pool's list of those with a deadline
  base::BootTime deadline;
  Failure failure;  // failing
};

}  // namespace httpio
