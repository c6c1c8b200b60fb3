// What a browser must be told so that a page of an allowed origin can use the listener (the Fetch standard, "CORS
// protocol"). Pages without leave get none of it. Credentials (cookies) are never allowed.
#pragma once
#include <string_view>
#include <vector>

#include "http/fields.h"
#include "http/head.h"

namespace transport {

// An OPTIONS request that a browser sends before the one that a page asked for.
bool is_preflight(const http::RequestHead& head);

// For every response: the origin, and the fields that the page may read. `origin` as it was sent.
void add_cors(std::vector<http::OwnedField>& out, std::string_view origin);

// For the answer to a preflight whose origin has leave or is our own, beside add_cors: methods, and the fields that MCP
// uses together with those that the page asks for (bounded: what is beyond is left out). `methods`: "GET, POST".
void add_preflight(std::vector<http::OwnedField>& out, const http::RequestHead& head, std::string_view methods);

// A response field of this name is written by us alone.
bool is_cors(std::string_view name);

}  // namespace transport
