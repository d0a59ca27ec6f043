//! Tests of reports to and from other nodes.
