// What an MCP client says to a server to learn what it lists, and what it makes of the answers: revision, capabilities,
// pages. It knows no transport, clock or file: messages in, messages out.
//
// What must stay true:
// - It asks for lists and never for anything that runs something: no tools/call, no resources/read, no prompts/get.
// - Whatever the server answers, it ends: pages, entries and bytes are bounded, a cursor that comes again is an error.
// - What the server asks is answered (ping) or refused (everything else); what it tells is ignored.
// Specification: 2026-07-28 "Versioning" and "server/discover"; 2025-11-25 "Lifecycle" and "Pagination".
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/listing.h"
#include "json/document.h"
#include "mcp/message.h"

namespace client {

class Dialogue {
 public:
  // A message for the server.
  struct Message {
    std::string text;    // one JSON text without a line end
    std::string method;  // "": an answer
    std::string id_key;  // of a request; else ""
    bool modern = false;
  };

  // `version`: of this program, for clientInfo.
  explicit Dialogue(std::string version) : version_(std::move(version)) {}

  // Begins. `probe`: with server/discover, which servers before 2026-07-28 refuse; else with initialize.
  void begin(bool probe);
  // server/discover has been waited for long enough: initialize goes too, and the first good answer counts.
  void probe_is_silent();

  void on_text(std::string_view text);
  // HTTP: the request was answered with an error status. / It will not be answered. `delivered`: it may have arrived.
  void on_status(const std::string& id_key, unsigned status, std::string_view body);
  void on_unanswered(const std::string& id_key, bool delivered, const std::string& how);

  // Nothing more will come: `why`, as "the server did not answer in time". Where the tools are there already it is
  // done, with a note about the rest; else it has failed.
  void cut_short(const std::string& why);

  // What is to be sent now, in order; gives each once.
  std::vector<Message> take_outgoing() { return std::exchange(outgoing_, {}); }
  bool waits_for(const std::string& id_key) const;
  // Only server/discover was asked so far, and nothing has come back.
  bool probing() const { return stage_ == Stage::discover; }
  // "initialize": what the server owes an answer to.
  std::string waiting_for() const;
  // A line of the server's output that is no message, made printable; "" if there was none.
  const std::string& noise() const { return noise_; }

  // Nothing more is to be asked.
  bool done() const { return stage_ == Stage::done; }
  const std::optional<std::string>& failure() const { return failure_; }
  // Call once, when it is done. `transport` is the caller's to fill in.
  Listing take_listing();

 private:
  enum class Stage : std::uint8_t { discover, initialize, lists, done };
  struct Pending {
    std::string id_key, method;
  };
  struct Fault {
    std::int64_t code = 0;
    std::string message;
    json::Value data;
  };

  void ask(std::string_view method, std::string_view params);
  void tell(std::string_view method);
  std::string meta() const;
  std::optional<std::string> answered(const std::string& id_key);
  static Fault fault_of(json::Value error);
  void on_value(json::Value value);
  void on_noise(std::string_view text);
  void on_server_request(const mcp::Message& message);
  void on_result(const std::string& method, json::Value result);
  void on_fault(const std::string& method, const Fault& fault);
  void on_refused(const std::string& method, const std::string& why);
  void read_discover(json::Value result);
  void read_initialize(json::Value result);
  void read_server(json::Value result, json::Value info);
  void initialize(std::size_t revision);
  bool initialize_older(json::Value supported);
  void next_list();
  void next_page(const std::string& cursor);
  void read_page(json::Value result);
  void list_over();
  std::string add_entries(json::Value entries);
  void list_failed(const std::string& why);
  void note(std::string text);
  void fail(std::string why);

  const std::string version_;
  Stage stage_ = Stage::discover;
  bool modern_ = false;
  std::vector<Message> outgoing_;
  std::vector<Pending> pending_;
  std::int64_t last_id_ = 0;
  std::set<std::size_t> tried_;  // revisions that initialize was sent with, by their place in the table
  std::size_t offered_ = 0;
  // The lists.
  std::size_t list_ = 0;
  std::set<std::string, std::less<>> declared_;  // capabilities
  std::set<std::string, std::less<>> cursors_;   // of this list
  std::size_t pages_ = 0, entries_ = 0, bytes_ = 0, odd_ = 0;
  Listing listing_;
  std::string noise_;
  std::size_t noise_lines_ = 0;
  std::optional<std::string> failure_;
};

}  // namespace client
