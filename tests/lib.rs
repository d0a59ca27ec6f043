//! The suites of adrc; see `README.md` beside this package for what lies where.
