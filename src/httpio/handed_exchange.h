// An exchange that is answered on another loop than that of its connection: where several loops share a port, a
// request may come to one that does not have its session.
//
// What must stay true:
// - The connection's side is used and destroyed on its loop only, the answering side on its own; between them there is
//   nothing but mail.
// - What the answering side says is done in that order. When the client goes, it hears of it a moment later; what it
//   says until then does nothing.
// - What is on its way counts as queued, so that whoever answers stops as he would for a slow client of his own.
#pragma once
#include <memory>

#include "httpio/server.h"
#include "net/mailbox.h"

namespace httpio {

// Call on `here`, the loop of the exchange's connection, when its request is complete: the body is moved away, the head
// copied. What it gives may be used on `there` only; hand it over by mail. Both mailboxes must outlive it.
std::shared_ptr<ServerExchange> hand_over(std::shared_ptr<ServerExchange> exchange, net::Mailbox& here,
                                          net::Mailbox& there);

}  // namespace httpio
