//! The least-privilege policies, generated from the tables of operations.
