"""The helpers of tests/http are used here as well."""

import sys

import harness

sys.path.append(str(harness.TESTS / "http"))
