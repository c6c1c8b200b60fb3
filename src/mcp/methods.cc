// The method table. Rows are sorted by name (checked by a test); the look-up is a binary search over 40 names.
#include "mcp/methods.h"

#include <algorithm>
#include <array>

namespace mcp {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::uint8_t legacy = r2024_11_05 | r2025_03_26 | r2025_06_18 | r2025_11_25;
constexpr std::uint8_t every = legacy | r2026_07_28;
constexpr std::uint8_t from_june = r2025_06_18 | r2025_11_25 | r2026_07_28;

// Parameters of each method over all revisions; "_meta" and "task" belong to many.
constexpr std::string_view p_none[] = {"_meta"};
constexpr std::string_view p_page[] = {"_meta", "cursor"};
constexpr std::string_view p_call[] = {"_meta", "name", "arguments", "task", "inputResponses", "requestState"};
constexpr std::string_view p_prompt[] = {"_meta", "name", "arguments", "inputResponses", "requestState"};
constexpr std::string_view p_read[] = {"_meta", "uri", "inputResponses", "requestState"};
constexpr std::string_view p_uri[] = {"_meta", "uri"};
constexpr std::string_view p_complete[] = {"_meta", "ref", "argument", "context"};
constexpr std::string_view p_initialize[] = {"_meta", "protocolVersion", "capabilities", "clientInfo"};
constexpr std::string_view p_level[] = {"_meta", "level"};
constexpr std::string_view p_listen[] = {"_meta", "notifications"};
constexpr std::string_view p_cancelled[] = {"_meta", "requestId", "reason"};
constexpr std::string_view p_progress[] = {"_meta", "progressToken", "progress", "total", "message"};
constexpr std::string_view p_task[] = {"_meta", "taskId"};
constexpr std::string_view p_task_update[] = {"_meta", "taskId", "inputResponses"};
constexpr std::string_view p_task_status[] = {"_meta",     "taskId",        "status", "statusMessage",
                                              "createdAt", "lastUpdatedAt", "ttl",    "pollInterval"};
constexpr std::string_view p_tasks_note[] = {"_meta",     "taskId",        "status",       "statusMessage",
                                             "createdAt", "lastUpdatedAt", "ttlMs",        "pollIntervalMs",
                                             "result",    "error",         "inputRequests"};
constexpr std::string_view p_sample[] = {"_meta",          "messages",    "modelPreferences", "systemPrompt",
                                         "includeContext", "temperature", "maxTokens",        "stopSequences",
                                         "metadata",       "tools",       "toolChoice",       "task"};
constexpr std::string_view p_elicit[] = {"_meta", "message", "requestedSchema", "mode", "url", "elicitationId", "task"};
constexpr std::string_view p_elicited[] = {"_meta", "elicitationId"};
constexpr std::string_view p_message[] = {"_meta", "level", "logger", "data"};
constexpr std::string_view p_acknowledged[] = {"_meta", "notifications"};

constexpr bool yes = true, no = false;

constexpr std::array methods = {
    //     name                                   client server notification revisions              ruling params
    Method{"completion/complete", yes, no, no, every, Ruling::completion, Names(p_complete)},
    Method{"elicitation/create", no, yes, no, from_june, Ruling::ask, Names(p_elicit)},
    Method{"initialize", yes, no, no, legacy, Ruling::plumbing, Names(p_initialize)},
    Method{"logging/setLevel", yes, no, no, legacy, Ruling::plumbing, Names(p_level)},
    Method{"notifications/cancelled", yes, yes, yes, every, Ruling::plumbing, Names(p_cancelled)},
    Method{"notifications/elicitation/complete", no, yes, yes, r2025_11_25, Ruling::plumbing, Names(p_elicited)},
    Method{"notifications/initialized", yes, no, yes, legacy, Ruling::plumbing, Names(p_none)},
    Method{"notifications/message", no, yes, yes, every, Ruling::plumbing, Names(p_message)},
    Method{"notifications/progress", yes, yes, yes, every, Ruling::plumbing, Names(p_progress)},
    Method{"notifications/prompts/list_changed", no, yes, yes, every, Ruling::plumbing, Names(p_none)},
    Method{"notifications/resources/list_changed", no, yes, yes, every, Ruling::plumbing, Names(p_none)},
    Method{"notifications/resources/updated", no, yes, yes, every, Ruling::plumbing, Names(p_uri)},
    Method{"notifications/roots/list_changed", yes, no, yes, legacy, Ruling::plumbing, Names(p_none)},
    Method{"notifications/subscriptions/acknowledged", no, yes, yes, r2026_07_28, Ruling::plumbing,
           Names(p_acknowledged)},
    Method{"notifications/tasks", no, yes, yes, tasks_extension, Ruling::plumbing, Names(p_tasks_note)},
    Method{"notifications/tasks/status", yes, yes, yes, r2025_11_25, Ruling::plumbing, Names(p_task_status)},
    Method{"notifications/tools/list_changed", no, yes, yes, every, Ruling::plumbing, Names(p_none)},
    Method{"ping", yes, yes, no, legacy, Ruling::plumbing, Names(p_none)},
    Method{"prompts/get", yes, no, no, every, Ruling::prompt, Names(p_prompt)},
    Method{"prompts/list", yes, no, no, every, Ruling::plumbing, Names(p_page)},
    Method{"resources/list", yes, no, no, every, Ruling::plumbing, Names(p_page)},
    Method{"resources/read", yes, no, no, every, Ruling::resource, Names(p_read)},
    Method{"resources/subscribe", yes, no, no, legacy, Ruling::resource, Names(p_uri)},
    Method{"resources/templates/list", yes, no, no, every, Ruling::plumbing, Names(p_page)},
    Method{"resources/unsubscribe", yes, no, no, legacy, Ruling::plumbing, Names(p_uri)},
    Method{"roots/list", no, yes, no, every, Ruling::ask, Names(p_none)},
    Method{"sampling/createMessage", no, yes, no, every, Ruling::ask, Names(p_sample)},
    Method{"server/discover", yes, no, no, r2026_07_28, Ruling::plumbing, Names(p_none)},
    Method{"subscriptions/listen", yes, no, no, r2026_07_28, Ruling::listen, Names(p_listen)},
    Method{"tasks/cancel", yes, yes, no, r2025_11_25 | tasks_extension, Ruling::plumbing, Names(p_task)},
    Method{"tasks/get", yes, yes, no, r2025_11_25 | tasks_extension, Ruling::plumbing, Names(p_task)},
    Method{"tasks/list", yes, yes, no, r2025_11_25, Ruling::plumbing, Names(p_page)},
    Method{"tasks/result", yes, yes, no, r2025_11_25, Ruling::plumbing, Names(p_task)},
    Method{"tasks/update", yes, no, no, tasks_extension, Ruling::plumbing, Names(p_task_update)},
    Method{"tools/call", yes, no, no, every, Ruling::tool, Names(p_call)},
    Method{"tools/list", yes, no, no, every, Ruling::plumbing, Names(p_page)},
};

constexpr std::string_view envelope[] = {"jsonrpc", "id", "method", "params", "result", "error"};

}  // namespace

const Method* find_method(std::string_view name) {
  const auto it = std::ranges::lower_bound(methods, name, {}, &Method::name);
  return it != methods.end() && it->name == name ? &*it : nullptr;
}

std::span<const Method> all_methods() { return methods; }

std::span<const std::string_view> envelope_keys() { return envelope; }

}  // namespace mcp
