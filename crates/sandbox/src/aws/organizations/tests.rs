//! How AWS Organizations behaves.
