//! Tables of calls, one file per service: name, the policy rule that it takes, rate family, and whether it may be repeated.

pub mod block_storage;
pub mod compute;
pub mod identity;
pub mod network;

use polity_provider::{ReadOperation, WriteOperation};

/// All calls that change nothing.
pub fn reads() -> Vec<&'static ReadOperation> {
    [identity::READS, compute::READS, network::READS, block_storage::READS].into_iter().flatten().collect()
}

/// All calls that change something.
pub fn writes() -> Vec<&'static WriteOperation> {
    [identity::WRITES, compute::WRITES, network::WRITES, block_storage::WRITES].into_iter().flatten().collect()
}
