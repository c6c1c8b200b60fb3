// The servers of a catalogue: a folder of saved tool lists, one a server, or the lists that the program has built in.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/site.h"

namespace cli {

// `from`: a folder (its *.json, *.jsonl, *.yaml and *.yml; not those in folders of it) or one file. A server's id is
// its file's name without the suffix. Which shapes are understood is said in trial/tools_list.h; the server's own name
// and version are taken from "serverInfo" or "server", where the file has one. All files that cannot be used are
// reported at once, each with its name and what is wrong with it; so is a folder without any, and two files of one id.
// Sorted by id. Any thread.
base::Result<std::vector<catalog::Entry>> read_catalog(const std::string& from);

}  // namespace cli
