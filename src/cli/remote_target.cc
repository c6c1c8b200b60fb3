// See the header.
#include "cli/remote_target.h"

#include <fstream>
#include <utility>

#include "cli/command_table.h"
#include "transport/header_value.h"
#include "transport/url.h"

namespace cli {

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = environment(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

base::Result<std::string> read_small(const std::string& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail("it cannot be opened");
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::fail("it cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most) return base::fail("it has more than " + std::to_string(most) + " bytes");
  return text;
}

base::Result<RemoteTarget> remote_target(const HttpArguments& h, const Variables& variables) {
  auto url = transport::parse_url(h.upstream);
  if (!url) return base::fail("--upstream: " + url.error().message);
  transport::HeaderSources sources;
  sources.variable = variables;
  sources.file = [](const std::string& path) { return read_small(path, transport::max_header_value); };
  auto headers = transport::parse_headers(h.headers, sources);
  if (!headers) return std::unexpected(headers.error());
  RemoteTarget out;
  out.options.url = std::move(*url);
  for (transport::HeaderValue& header : *headers) {
    out.options.fixed.push_back(std::move(header.field));
    out.shown_headers.push_back(std::move(header.shown));
    if (!header.hint.empty()) out.hints.push_back(std::move(header.hint));
  }
  const bool tls = out.options.url.tls;
  if (!tls && (h.tls_insecure || !h.tls_ca.empty()))
    return base::fail("--tls-ca and --tls-insecure are for https:// URLs");
  if (!tls) return out;
  const char* bundle = environment("SSL_CERT_FILE");
  auto client = net::TlsClient::make({h.tls_ca, h.tls_insecure}, bundle == nullptr ? "" : bundle);
  if (!client) return std::unexpected(client.error());
  out.tls = std::move(*client);
  return out;
}

}  // namespace cli
