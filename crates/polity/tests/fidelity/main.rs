//! The sandbox is held to clients that others wrote: boto3, awscli and Terraform drive it, and every request and reply is
//! held to botocore's models of the services. Where it differs from moto is told in `docs/sandbox-fidelity.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail so")]

#[allow(dead_code, unused_imports, reason = "the stories use all of it")]
#[path = "../support/mod.rs"]
mod support;

// The life of each kind, as the tests of the kinds have it: here it is lived on the sandbox.
#[path = "../../../aws/tests/conformance/cloud.rs"]
mod cloud;
#[path = "../../../aws/tests/conformance/life.rs"]
mod life;
#[allow(dead_code, reason = "the tests of the kinds use all of it")]
#[path = "../../../aws/tests/conformance/world.rs"]
mod world;

mod clients;
mod lives;
mod tapes;
mod terraform;
