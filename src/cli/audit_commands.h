// `intercept audit tail|show|query|export|verify|anchor`.
#pragma once
#include "cli/command_table.h"

namespace cli {

extern const CommandInfo audit_tail_info, audit_show_info, audit_query_info, audit_export_info, audit_verify_info,
    audit_anchor_info;

}  // namespace cli
