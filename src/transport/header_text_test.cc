// Texts in header fields: what stays as it is, what is encoded, and what is refused.
#include "transport/header_text.h"

#include <gtest/gtest.h>

namespace transport {
namespace {

TEST(HeaderText, PlainTextStaysAsItIs) {
  for (const char* text : {"us-east1", "SELECT * FROM users", "a\tb", "42", "true", "~!@#$%^&*()\"\\",
                           "=?base64?SGVsbG8=", "SGVsbG8=?=", "=?utf-8?B?x?="}) {
    EXPECT_EQ(encode_text(text), text);
    EXPECT_EQ(decode_text(text), text);
  }
}

TEST(HeaderText, EverythingElseIsEncoded) {
  const std::pair<std::string, std::string> cases[] = {{"", "=?base64?\?="},
                                                       {"Hello ", "=?base64?SGVsbG8g?="},
                                                       {" x", "=?base64?IHg=?="},
                                                       {"\tindented", "=?base64?CWluZGVudGVk?="},
                                                       {"line1\nline2", "=?base64?bGluZTEKbGluZTI=?="},
                                                       {"a\r\nb", "=?base64?YQ0KYg==?="},
                                                       {"\xE6\x97\xA5", "=?base64?5pel?="},
                                                       {std::string("\0", 1), "=?base64?AA==?="},
                                                       {"\x7F", "=?base64?fw==?="}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(encode_text(text), value);
    EXPECT_EQ(decode_text(value), text);
  }
}

TEST(HeaderText, WhatLooksEncodedIsEncoded) {
  for (const char* text :
       {"=?base64?SGVsbG8=?=", "=?base64?\?=", "=?base64?=", "=?BASE64?SGVsbG8=?=", "=?Base64?x?="}) {
    const std::string value = encode_text(text);
    EXPECT_NE(value, text);
    EXPECT_EQ(decode_text(value), text);
  }
}

TEST(HeaderText, MarkersHaveOneSpelling) {
  EXPECT_EQ(decode_text("=?base64?SGVsbG8=?="), "Hello");
  EXPECT_EQ(decode_text("=?BASE64?SGVsbG8=?="), "=?BASE64?SGVsbG8=?=");
  EXPECT_EQ(decode_text("=?base64?SGVsbG8="), "=?base64?SGVsbG8=");
  EXPECT_EQ(decode_text("SGVsbG8=?="), "SGVsbG8=?=");
  EXPECT_EQ(decode_text(""), "");
}

TEST(HeaderText, Base64HasOneSpelling) {
  for (const char* value :
       {"=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?=", "=?base64?SGVsbG9=?=", "=?base64?QQ?=", "=?base64?QQ=?=",
        "=?base64?QR==?=", "=?base64?Q===?=", "=?base64?====?=", "=?base64?QQ==QQ==?=", "=?base64?SGVs bG8=?=",
        "=?base64?-_-_?=", "=?base64?=", "=?base64?=QQ=?="}) {
    EXPECT_EQ(decode_text(value), std::nullopt) << value;
  }
  EXPECT_EQ(decode_text("=?base64?QQ==?="), "A");
  EXPECT_EQ(decode_text("=?base64?+/+/?="), std::nullopt);  // no UTF-8
  EXPECT_EQ(decode_text("=?base64?w6k=?="), "\xC3\xA9");
}

TEST(HeaderText, BytesThatAreNoPlainTextAreRefused) {
  for (const char* value : {"\xC3\xA9", "a\nb", "a\rb", "a\x01", "\x7F"}) EXPECT_EQ(decode_text(value), std::nullopt);
  EXPECT_EQ(decode_text(std::string_view("a\0b", 3)), std::nullopt);
}

}  // namespace
}  // namespace transport
