// Every request that two readers of HTTP take for different things, beside its legitimate neighbour. Each is fed whole,
// byte by byte and in random pieces, and must tell the same story.
#include "http/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/reader_testing.h"

namespace http {
namespace {

using testing::HasSubstr;

Played whole(std::string_view bytes, const Limits& limits = {}) {
  RequestReader reader(limits);
  return play(reader, bytes, [&](std::size_t) { return bytes.size(); });
}

// Plays it in every way; the story must be one.
Played every_way(std::string_view bytes, const Limits& limits = {}) {
  const Played first = whole(bytes, limits);
  RequestReader single(limits);
  EXPECT_EQ(play(single, bytes, [](std::size_t) { return 1U; }), first) << bytes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Cuts cuts(seed);
    RequestReader reader(limits);
    EXPECT_EQ(play(reader, bytes, [&](std::size_t) { return cuts(); }), first) << bytes;
  }
  return first;
}

struct Refused {
  const char* name;
  std::string_view bytes;
  unsigned status;
  const char* reason;
};

using namespace std::string_view_literals;
#define POST "POST /mcp HTTP/1.1\r\n"
#define GET "GET /mcp HTTP/1.1\r\n"
#define HOST "Host: localhost:8080\r\n"

const Refused refused[] = {
    // Two framings, or one that is not what it seems.
    {"both", POST HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, 400, "stand"},
    {"both, reversed", POST HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"sv, 400, "stand"},
    {"both, no content", POST HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, 400, "stand"},
    {"two lengths", POST HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"sv, 400, ""},
    {"two equal lengths", POST HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"sv, 400, "twice"},
    {"a list of lengths", POST HOST "Content-Length: 5, 5\r\n\r\nhello"sv, 400, "plain digits"},
    {"a list of one length", POST HOST "Content-Length: 5,\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with plus", POST HOST "Content-Length: +5\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with minus", POST HOST "Content-Length: -5\r\n\r\nhello"sv, 400, "plain digits"},
    {"length in hexadecimal", POST HOST "Content-Length: 0x5\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with a space", POST HOST "Content-Length: 1 5\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with a zero before it", POST HOST "Content-Length: 05\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with a fraction", POST HOST "Content-Length: 5.0\r\n\r\nhello"sv, 400, "plain digits"},
    {"empty length", POST HOST "Content-Length:\r\n\r\n"sv, 400, "plain digits"},
    {"length beyond 64 bits", POST HOST "Content-Length: 18446744073709551621\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with a vertical tab", POST HOST "Content-Length: \v5\r\n\r\nhello"sv, 400, "control"},
    {"length in other digits", POST HOST "Content-Length: \xD9\xA5\r\n\r\nhello"sv, 400, "plain digits"},
    {"length with an underscore", POST HOST "Content_Length: 5\r\n\r\nhello"sv, 400, "underscore"},
    {"xchunked", POST HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"sv, 400, "must be \"chunked\""},
    {"chunked, identity", POST HOST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"sv, 400, "must be"},
    {"identity", POST HOST "Transfer-Encoding: identity\r\n\r\n"sv, 400, "must be"},
    {"chunked twice", POST HOST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"sv, 400, "must be"},
    {"two codings fields", POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, 400,
     ""},
    {"a hidden coding", POST HOST "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, 400,
     "twice"},
    {"chunked with a parameter", POST HOST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"sv, 400, ""},
    {"quoted chunked", POST HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"sv, 400, "must be"},
    {"empty coding", POST HOST "Transfer-Encoding:\r\n\r\n0\r\n\r\n"sv, 400, "must be"},
    {"chunked after a comma", POST HOST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"sv, 501, "not supported"},
    {"gzip, chunked", POST HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"sv, 501, "not supported"},
    {"chunked in HTTP/1.0", "POST /mcp HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, 400,
     "HTTP/1.0"},
    {"coding with an underscore", POST HOST "Transfer_Encoding: chunked\r\n\r\n0\r\n\r\n"sv, 400, "underscore"},
    // Lines.
    {"bare LF", "POST /mcp HTTP/1.1\nHost: localhost\n\n"sv, 400, "LF without CR"},
    {"bare LF in a header", POST HOST "X: a\nTransfer-Encoding: chunked\r\n\r\n"sv, 400, "LF without CR"},
    {"bare CR in a header", POST HOST "X: a\rTransfer-Encoding: chunked\r\n\r\n"sv, 400, "CR without LF"},
    {"CR CR LF", POST HOST "X: a\r\r\n\r\n"sv, 400, "CR without LF"},
    {"LF ends the head", POST HOST "\n"sv, 400, "LF without CR"},
    {"NUL in a value", POST HOST "X: a\0b\r\n\r\n"sv, 400, "control"},
    {"NUL in a name", POST HOST "X\0: a\r\n\r\n"sv, 400, "control"},
    {"escape in a value", POST HOST "X: \x1b[0m\r\n\r\n"sv, 400, "control"},
    {"DEL in a value", POST HOST "X: a\x7f\r\n\r\n"sv, 400, "control"},
    {"folded", POST HOST "X: a\r\n b\r\n\r\n"sv, 400, "folded"},
    {"folded by a tab", POST HOST "X: a\r\n\tb\r\n\r\n"sv, 400, "folded"},
    {"folded length", POST HOST "Content-Length:\r\n 5\r\n\r\nhello"sv, 400, "folded"},
    {"folded first header", POST " Host: localhost\r\n\r\n"sv, 400, "folded"},
    {"space before the colon", POST HOST "Content-Length : 5\r\n\r\nhello"sv, 400, "colon"},
    {"tab before the colon", POST HOST "Transfer-Encoding\t: chunked\r\n\r\n"sv, 400, "colon"},
    {"no name", POST HOST ": a\r\n\r\n"sv, 400, "colon"},
    {"no colon", POST HOST "X\r\n\r\n"sv, 400, ""},
    {"a name with a slash", POST HOST "X/Y: a\r\n\r\n"sv, 400, "colon"},
    {"a name beyond ASCII", POST HOST "X\xC3\xA9: a\r\n\r\n"sv, 400, "colon"},
    {"a name in parentheses", POST HOST "Content-Length(x): 5\r\n\r\n"sv, 400, "colon"},
    {"two empty lines before", "\r\n\r\n" POST HOST "\r\n"sv, 400, "empty line"},
    // The request line.
    {"HTTP/0.9", "GET /mcp\r\n"sv, 400, "request line"},
    {"no target", "GET HTTP/1.1\r\n" HOST "\r\n"sv, 400, ""},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv, 505, "HTTP/2 is not spoken here"},
    {"HTTP/2.0", "GET /mcp HTTP/2.0\r\n" HOST "\r\n"sv, 505, "HTTP/2.0"},
    {"HTTP/1.2", "GET /mcp HTTP/1.2\r\n" HOST "\r\n"sv, 505, "HTTP/1.2"},
    {"HTTP/01.1", "GET /mcp HTTP/01.1\r\n" HOST "\r\n"sv, 400, "request line"},
    {"http/1.1", "GET /mcp http/1.1\r\n" HOST "\r\n"sv, 400, "request line"},
    {"trailing space", "GET /mcp HTTP/1.1 \r\n" HOST "\r\n"sv, 400, "request line"},
    {"two spaces", "GET  /mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"a tab", "GET\t/mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "method"},
    {"a space before", " GET /mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "method"},
    {"a method with a colon", "GE:T /mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "method"},
    {"two targets", "GET /mcp /other HTTP/1.1\r\n" HOST "\r\n"sv, 400, ""},
    {"TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"sv, 400, "TLS"},
    {"CONNECT", "CONNECT localhost:22 HTTP/1.1\r\n" HOST "\r\n"sv, 501, "tunnel"},
    // Targets.
    {"fragment", "GET /mcp#x HTTP/1.1\r\n" HOST "\r\n"sv, 400, "fragment"},
    {"backslash", "GET /a\\..\\b HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"beyond ASCII", "GET /\xC3\xA9 HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"half an escape", "GET /%2 HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"no escape", "GET /%zz HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"a control", "GET /\x01 HTTP/1.1\r\n" HOST "\r\n"sv, 400, "control"},
    {"authority-form", "GET localhost:8080 HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"relative path", "GET mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"star", "GET * HTTP/1.1\r\n" HOST "\r\n"sv, 400, "OPTIONS"},
    {"another host in the target", "GET http://evil.example/mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "another host"},
    {"another port in the target", "GET http://localhost/mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "another host"},
    {"a user in the target", "GET http://localhost:8080@evil/mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    {"another scheme", "GET ftp://localhost:8080/mcp HTTP/1.1\r\n" HOST "\r\n"sv, 400, "target"},
    // Host.
    {"no Host", POST "Content-Length: 0\r\n\r\n"sv, 400, "no Host"},
    {"no Host in HTTP/1.0", "GET /mcp HTTP/1.0\r\n\r\n"sv, 400, "no Host"},
    {"two Hosts", POST HOST "Host: evil.example\r\n\r\n"sv, 400, "twice"},
    {"two equal Hosts", POST HOST HOST "\r\n"sv, 400, "twice"},
    {"empty Host", POST "Host:\r\n\r\n"sv, 400, "Host must be"},
    {"a list of Hosts", POST "Host: localhost, evil.example\r\n\r\n"sv, 400, "Host must be"},
    {"a user in Host", POST "Host: localhost@evil.example\r\n\r\n"sv, 400, "Host must be"},
    {"a path in Host", POST "Host: localhost/evil\r\n\r\n"sv, 400, "Host must be"},
    {"a port that is none", POST "Host: localhost:http\r\n\r\n"sv, 400, "Host must be"},
    {"a port too high", POST "Host: localhost:65536\r\n\r\n"sv, 400, "Host must be"},
    {"an open bracket", POST "Host: [::1\r\n\r\n"sv, 400, "Host must be"},
    // One meaning for the fields that matter.
    {"two types", POST HOST "Content-Type: application/json\r\ncontent-type: text/plain\r\n\r\n"sv, 400, "twice"},
    {"two tokens", POST HOST "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"sv, 400, "twice"},
    {"two versions", POST HOST "MCP-Protocol-Version: 2025-11-25\r\nMcp-Protocol-Version: 2025-03-26\r\n\r\n"sv, 400,
     "twice"},
    {"two methods", POST HOST "Mcp-Method: tools/list\r\nMcp-Name: x\r\nmcp-method: tools/call\r\n\r\n"sv, 400,
     "twice"},
    {"two parameters", POST HOST "Mcp-Param-Region: eu\r\nMcp-Param-region: us\r\n\r\n"sv, 400, "twice"},
    {"two sessions", POST HOST "Mcp-Session-Id: a\r\nMcp-Session-Id: a\r\n\r\n"sv, 400, "twice"},
    {"session with underscores", POST HOST "Mcp_Session_Id: a\r\n\r\n"sv, 400, "underscore"},
    {"session with one underscore", POST HOST "Mcp-Session_Id: a\r\n\r\n"sv, 400, "underscore"},
    {"version with underscores", POST HOST "MCP_PROTOCOL_VERSION: 2025-11-25\r\n\r\n"sv, 400, "underscore"},
    {"a long parameter with underscores", POST HOST "Mcp_Param-A-Name-Of-More-Than-32-Characters: 1\r\n\r\n"sv, 400,
     "underscore"},
    {"two encodings", POST HOST "Content-Encoding: gzip\r\nContent-Encoding: identity\r\n\r\n"sv, 400, "twice"},
    {"two origins", POST HOST "Origin: http://localhost\r\nOrigin: http://evil.example\r\n\r\n"sv, 400, "twice"},
    {"Connection strips the session", POST HOST "Connection: Mcp-Session-Id\r\n\r\n"sv, 400, "must not be removed"},
    {"Connection strips the length", POST HOST "Connection: close, content-length\r\nContent-Length: 0\r\n\r\n"sv, 400,
     "must not be removed"},
    {"Connection strips the token", POST HOST "Connection: keep-alive, Authorization\r\n\r\n"sv, 400, "must not be"},
    {"Connection is no list", POST HOST "Connection: a b\r\n\r\n"sv, 400, ""},
    {"unknown expectation", POST HOST "Expect: 200-ok\r\nContent-Length: 5\r\n\r\nhello"sv, 417, "100-continue"},
    {"two expectations", POST HOST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"sv, 400, "twice"},
    {"WebSocket", GET HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"sv, 501, "websocket"},
    {"WebSocket beside h2c", GET HOST "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n\r\n"sv, 501,
     "websocket"},
// Chunks.
#define CHUNKED POST HOST "Transfer-Encoding: chunked\r\n\r\n"
    {"no size", CHUNKED "\r\nhello\r\n0\r\n\r\n"sv, 400, "size"},
    {"a size that is none", CHUNKED "g\r\nhello\r\n0\r\n\r\n"sv, 400, "size"},
    {"0x before the size", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"sv, 400, ""},
    {"a negative size", CHUNKED "-5\r\nhello\r\n0\r\n\r\n"sv, 400, "size"},
    {"a plus before the size", CHUNKED "+5\r\nhello\r\n0\r\n\r\n"sv, 400, "size"},
    {"a space before the size", CHUNKED " 5\r\nhello\r\n0\r\n\r\n"sv, 400, "size"},
    {"a space after the size", CHUNKED "5 \r\nhello\r\n0\r\n\r\n"sv, 400, "extension"},
    {"an underscore in the size", CHUNKED "5_0\r\nhello\r\n0\r\n\r\n"sv, 400, "extension"},
    {"a size beyond 64 bits", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n"sv, 400, "size"},
    {"a size ended by LF", CHUNKED "5\nhello\r\n0\r\n\r\n"sv, 400, "LF without CR"},
    {"a size ended by CR", CHUNKED "5\rhello\r\n0\r\n\r\n"sv, 400, "CR without LF"},
    {"content ended by LF", CHUNKED "5\r\nhello\n0\r\n\r\n"sv, 400, "does not end"},
    {"content too long", CHUNKED "5\r\nhello!\r\n0\r\n\r\n"sv, 400, "does not end"},
    {"content too short", CHUNKED "5\r\nhell\r\n0\r\n\r\n"sv, 400, "does not end"},
    {"an extension with a line", CHUNKED "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"sv, 400, "cut off"},
    {"an extension with LF", CHUNKED "5;a=\nb\r\nhello\r\n0\r\n\r\n"sv, 400, "LF without CR"},
    {"an extension without name", CHUNKED "5;\r\nhello\r\n0\r\n\r\n"sv, 400, "extension"},
    {"a folded trailer", CHUNKED "0\r\nX: a\r\n b\r\n\r\n"sv, 400, "folded"},
    {"a trailer that is a length", CHUNKED "0\r\nContent-Length: 5\r\n\r\n"sv, 400, "Content-Length"},
    {"a trailer that is no field", CHUNKED "0\r\nGET /evil HTTP/1.1\r\n\r\n"sv, 400, "header line"},
    {"an end without blank line", CHUNKED "0\r\n"sv, 400, "closed in the middle"},
    {"cut off in a chunk", CHUNKED "5\r\nhel"sv, 400, "closed in the middle"},
    {"cut off before the last chunk", CHUNKED "5\r\nhello\r\n"sv, 400, "closed in the middle"},
    // Cut off.
    {"cut off in the request line", "POST /mc"sv, 400, "closed in the middle"},
    {"cut off in the head", POST HOST ""sv, 400, "closed in the middle"},
    {"cut off in the content", POST HOST "Content-Length: 6\r\n\r\nhello"sv, 400, "closed in the middle"},
    {"cut off before the content", POST HOST "Content-Length: 6\r\n\r\n"sv, 400, "closed in the middle"},
};

TEST(RequestReader, RefusesWhatCanBeReadInTwoWays) {
  for (const Refused& c : refused) {
    SCOPED_TRACE(c.name);
    const Played played = every_way(c.bytes);
    EXPECT_EQ(played.status, c.status) << played.story;
    EXPECT_THAT(played.reason, HasSubstr(c.reason)) << played.story;
    EXPECT_FALSE(played.reason.empty());
    EXPECT_EQ(played.ended, 0U) << played.story;
    EXPECT_THAT(played.reason, testing::Not(testing::ContainsRegex("[[:cntrl:]]"))) << played.reason;
  }
}

struct Accepted {
  const char* name;
  std::string_view bytes;
  const char* story;  // a part of it
};

const Accepted accepted[] = {
    {"length", POST HOST "Content-Length: 5\r\n\r\nhello"sv, " length 5 keep] {hello} end;closed"},
    {"length zero", POST HOST "Content-Length: 0\r\n\r\n"sv, " none 0 keep] {} end;closed"},
    {"blanks around the length", POST HOST "Content-Length: \t5 \r\n\r\nhello"sv, "{hello} end;closed"},
    {"no blank before the value", POST "Host:localhost\r\n\r\n"sv, "host=localhost Host=localhost; none"},
    {"chunked", CHUNKED "5\r\nhello\r\n0\r\n\r\n"sv, " chunked 0 keep] {hello} end;closed"},
    {"Chunked", POST HOST "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"sv, "{hello} end;closed"},
    {"two chunks", CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"sv, "{hello world} end;closed"},
    {"zeros and letters in the size", CHUNKED "000A\r\n0123456789\r\n00\r\n\r\n"sv, "{0123456789} end;closed"},
    {"content that looks like a chunk", CHUNKED "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"sv, "{\r\n0\r\n\r\n} end;closed"},
    {"extensions", CHUNKED "5;a;b=c;d=\"e;f\"\r\nhello\r\n0;g\r\n\r\n"sv, "{hello} end;closed"},
    {"trailers", CHUNKED "5\r\nhello\r\n0\r\nMcp-Session-Id: evil\r\nX: y\r\n\r\n"sv,
     "Transfer-Encoding=chunked; chunked 0 keep] {hello} end;closed"},
    {"pipelined", POST HOST "Content-Length: 2\r\n\r\nab" GET HOST "\r\n"sv, "{ab} end;[GET /mcp"},
    {"pipelined after chunks", CHUNKED "1\r\na\r\n0\r\n\r\n" GET HOST "\r\n"sv, "{a} end;[GET /mcp"},
    {"no pipelining after close", POST HOST "Connection: close\r\n\r\nGET /evil HTTP/1.1\r\n"sv,
     " none 0 close] {} end;"},
    {"HTTP/1.0", "GET /mcp HTTP/1.0\r\n" HOST "\r\n"sv, " 1.0 path=/mcp"},
    {"HTTP/1.0 closes", "GET /mcp HTTP/1.0\r\n" HOST "\r\n"sv, " none 0 close] {} end;"},
    {"HTTP/1.0 kept", "GET /mcp HTTP/1.0\r\n" HOST "Connection: Keep-Alive\r\n\r\n"sv, " none 0 keep] {} end;closed"},
    {"close wins", GET HOST "Connection: keep-alive, close\r\n\r\n"sv, " close]"},
    {"close in a second field", GET HOST "Connection: keep-alive\r\nConnection: Close\r\n\r\n"sv, " close]"},
    {"an empty line before", "\r\n" GET HOST "\r\n"sv, "end;closed"},
    {"query", "GET /mcp?a=b&c=%20?x HTTP/1.1\r\n" HOST "\r\n"sv, "path=/mcp query=a=b&c=%20?x host=localhost:8080"},
    {"absolute-form of this host", "GET HTTP://LocalHost:8080/mcp?q HTTP/1.1\r\n" HOST "\r\n"sv, "path=/mcp query=q"},
    {"absolute-form with the scheme's port", "GET http://a:80 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "path=/ query= host=a"},
    {"star for OPTIONS", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"sv, "path=* "},
    {"IPv6", GET "Host: [::1]:8080\r\n\r\n"sv, "host=[::1]:8080"},
    {"IPv4", GET "Host: 127.0.0.1\r\n\r\n"sv, "host=127.0.0.1"},
    {"an unknown method", "BREW /pot HTTP/1.1\r\n" HOST "\r\n"sv, "[BREW /pot"},
    {"expects 100", POST HOST "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi"sv, "] <continue> {hi} end;closed"},
    {"expects 100 without content", POST HOST "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"sv,
     "keep] {} end;closed"},
    {"expects 100 in HTTP/1.0", "POST / HTTP/1.0\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"sv,
     "close] {hi} end;"},
    {"Java's wish for HTTP/2",
     POST HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
               "Content-Length: 2\r\n\r\n{}"sv,
     "{{}} end;closed"},
    {"a tab in a value", GET HOST "X: a\tb\r\n\r\n"sv, "X=a\tb;"},
    {"Latin-1 in a value", GET HOST "X: caf\xE9\r\n\r\n"sv, "X=caf\xE9;"},
    {"an empty value", GET HOST "X:\r\nY: \t \r\n\r\n"sv, "X=;Y=;"},
    {"fields that may repeat", GET HOST "Accept: a/b\r\nAccept: c/d\r\nX: 1\r\nX: 2\r\n\r\n"sv, "X=1;X=2;"},
    {"different parameters", GET HOST "Mcp-Param-A: 1\r\nMcp-Param-B_C: 2\r\n\r\n"sv, "Mcp-Param-B_C=2;"},
    {"a long parameter", GET HOST "Mcp-Param-A_Name_Of_More_Than_32_Characters: 1\r\n\r\n"sv, "Characters=1;"},
    {"an underscore that hides nothing", GET HOST "X_Y: 1\r\n\r\n"sv, "X_Y=1;"},
    {"TE", GET HOST "Connection: TE\r\nTE: trailers\r\n\r\n"sv, "TE=trailers;"},
    {"nothing", ""sv, "closed"},
    {"an empty line alone", "\r\n"sv, "closed"},
};

TEST(RequestReader, AcceptsTheirNeighbours) {
  for (const Accepted& c : accepted) {
    SCOPED_TRACE(c.name);
    const Played played = every_way(c.bytes);
    EXPECT_EQ(played.status, 0U) << played.story;
    EXPECT_THAT(played.story, HasSubstr(c.story));
  }
}

std::string repeated(std::string_view text, std::size_t n) {
  std::string out;
  while (n-- > 0) out += text;
  return out;
}

TEST(RequestReader, HoldsItsLimits) {
  const Limits limits{.target_bytes = 100,
                      .head_bytes = 1000,
                      .fields = 10,
                      .body_bytes = 50,
                      .chunk_line_bytes = 40,
                      .extension_bytes = 60,
                      .trailer_bytes = 200,
                      .interim_responses = 2};
  const auto status = [&](const std::string& bytes) { return every_way(bytes, limits).status; };
  const std::string get = GET HOST, chunked = CHUNKED;
  EXPECT_EQ(status("GET /" + repeated("a", 99) + " HTTP/1.1\r\n" HOST "\r\n"), 0U);
  EXPECT_EQ(status("GET /" + repeated("a", 100) + " HTTP/1.1\r\n" HOST "\r\n"), 414U);
  EXPECT_EQ(status("GET /" + repeated("a", 100'000)), 414U);
  EXPECT_EQ(status(get + repeated("X: y\r\n", 9) + "\r\n"), 0U);
  EXPECT_EQ(status(get + repeated("X: y\r\n", 10) + "\r\n"), 431U);
  const std::size_t rest = 1000 - get.size() - 7;
  EXPECT_EQ(status(get + "X: " + repeated("y", rest) + "\r\n\r\n"), 0U);
  EXPECT_EQ(status(get + "X: " + repeated("y", rest + 1) + "\r\n\r\n"), 431U);
  EXPECT_EQ(status(get + "X: " + repeated("y", 100'000)), 431U);
  EXPECT_EQ(status(POST HOST "Content-Length: 50\r\n\r\n" + repeated("y", 50)), 0U);
  EXPECT_EQ(status(POST HOST "Content-Length: 51\r\n\r\n"), 413U);
  EXPECT_EQ(status(POST HOST "Expect: 100-continue\r\nContent-Length: 51\r\n\r\n"), 413U);
  EXPECT_EQ(status(chunked + "32\r\n" + repeated("y", 50) + "\r\n0\r\n\r\n"), 0U);
  EXPECT_EQ(status(chunked + "33\r\n"), 413U);
  EXPECT_EQ(status(chunked + "32\r\n" + repeated("y", 50) + "\r\n1\r\n"), 413U);
  EXPECT_EQ(status(chunked + "FFFFFFFFFFFFFFFF\r\n"), 413U);
  EXPECT_EQ(status(chunked + repeated("0", 37) + "1\r\na\r\n0\r\n\r\n"), 0U);
  EXPECT_EQ(status(chunked + repeated("0", 38) + "1\r\na\r\n0\r\n\r\n"), 400U);
  EXPECT_EQ(status(chunked + "1;a=" + repeated("b", 100'000)), 400U);
  EXPECT_EQ(status(chunked + repeated("1;" + repeated("a", 29) + "\r\na\r\n", 2) + "0\r\n\r\n"), 0U);
  EXPECT_EQ(status(chunked + repeated("1;" + repeated("a", 29) + "\r\na\r\n", 3) + "0\r\n\r\n"), 400U);
  EXPECT_EQ(status(chunked + "0\r\n" + repeated("X: y\r\n", 10) + "\r\n"), 0U);
  EXPECT_EQ(status(chunked + "0\r\n" + repeated("X: y\r\n", 11) + "\r\n"), 431U);
  EXPECT_EQ(status(chunked + "0\r\nX: " + repeated("y", 100'000)), 431U);
}

TEST(RequestReader, DefaultLimitOfContent) {
  EXPECT_EQ(whole(POST HOST "Content-Length: 16777217\r\n\r\n").status, 413U);
  EXPECT_THAT(whole(POST HOST "Content-Length: 16777217\r\n\r\n").reason, HasSubstr("16777216"));
  EXPECT_EQ(whole(POST HOST "Content-Length: 16777216\r\n\r\n").status, 400U);  // cut off
}

TEST(RequestReader, TheDriverMayAllowLessContent) {
  const auto played = [](std::string_view bytes, std::uint64_t allowed) {
    RequestReader reader({.body_bytes = 50});
    return play<RequestReader>(
        reader, bytes, [](std::size_t) { return 4096U; }, [=](RequestReader& r) { r.allow_body(allowed); });
  };
  const std::string_view by_length = POST HOST "Expect: 100-continue\r\nContent-Length: 11\r\n\r\nhello world"sv;
  EXPECT_EQ(played(by_length, 11).ended, 1U);
  EXPECT_EQ(played(by_length, 10).status, 413U);
  EXPECT_EQ(played(by_length, 10).story.find("<continue>"), std::string::npos) << "it is not asked for";
  const std::string_view chunked =
      POST HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"sv;
  EXPECT_EQ(played(chunked, 11).ended, 1U);
  EXPECT_EQ(played(chunked, 10).status, 413U);
  const std::string_view longer = POST HOST "Transfer-Encoding: chunked\r\n\r\n33\r\n"sv;
  EXPECT_EQ(played(longer, unlimited).status, 413U) << "never more than Limits";
}

TEST(RequestReader, RefusesBeforeTheHeadIsComplete) {
  for (const std::string_view begin :
       {"GET /mcp\r\n"sv, "\x16\x03"sv, "PRI * HTTP/2.0\r\n"sv, "GET / HTTP/1.1\r\nX: \x01"sv}) {
    RequestReader reader;
    EXPECT_EQ(reader.read(begin).event, Event::refused) << begin;
    EXPECT_EQ(reader.read("more").event, Event::refused) << begin;
    EXPECT_EQ(reader.read("more").consumed, 0U);
  }
}

TEST(RequestReader, LeavesWhatBelongsToTheNextMessage) {
  const std::string first = POST HOST "Content-Length: 2\r\n\r\nab", second = GET HOST "\r\n";
  const std::string both = first + second;
  RequestReader reader;
  std::string_view in = both;
  Step step;
  while ((step = reader.read(in)).event != Event::end) in.remove_prefix(step.consumed);
  in.remove_prefix(step.consumed);
  EXPECT_EQ(in, second);
  EXPECT_TRUE(reader.reusable());
  EXPECT_EQ(reader.read(in).event, Event::end);  // until next()
  reader.next();
  EXPECT_TRUE(reader.idle());
  EXPECT_EQ(reader.read(in).event, Event::head);
  EXPECT_FALSE(reader.idle());
  EXPECT_FALSE(reader.reusable());
  EXPECT_EQ(reader.head().method, Method::get);
}

TEST(RequestReader, ContentIsNotCopied) {
  const std::string bytes = POST HOST "Content-Length: 5\r\n\r\nhello";
  RequestReader reader;
  const Step head = reader.read(bytes);
  const Step body = reader.read(std::string_view(bytes).substr(head.consumed));
  EXPECT_EQ(body.event, Event::body);
  EXPECT_EQ(body.body.data(), bytes.data() + head.consumed);
}

// A byte costs constant time, however it arrives: one by one, a megabyte in chunks of one byte is quick.
TEST(RequestReader, ManySmallPieces) {
  const std::string bytes = CHUNKED + repeated("1;abc\r\nx\r\n", 800) + "0\r\n" + repeated("X: y\r\n", 90) + "\r\n";
  RequestReader reader;
  const Played played = play(reader, bytes, [](std::size_t) { return 1U; });
  EXPECT_EQ(played.bodies, std::vector<std::string>{repeated("x", 800)});
}

}  // namespace
}  // namespace http
