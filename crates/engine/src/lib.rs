//! polity-engine
