// A remote server as its flags name it (--upstream, --header, --tls-ca, --tls-insecure), checked and read. Every
// command that speaks with one uses this.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/http_arguments.h"
#include "net/tls.h"
#include "proxy/remote.h"

namespace cli {

struct RemoteTarget {
  proxy::RemoteOptions options;
  std::shared_ptr<const net::TlsClient> tls;  // null unless the URL is https
  std::vector<std::string> shown_headers;     // without their values
  std::vector<std::string> hints;             // of headers that are probably not meant so, for people
};

// Where ${NAME} in a header comes from.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;
// Of this process.
std::optional<std::string> environment_variable(std::string_view name);

// `arguments.upstream` is given. Reads the files that headers and certificates name. Errors name the flag.
base::Result<RemoteTarget> remote_target(const HttpArguments& arguments, const Variables& variables);

// A file of at most `most` bytes. The error says why, without the path.
base::Result<std::string> read_small(const std::string& path, std::size_t most);

}  // namespace cli
