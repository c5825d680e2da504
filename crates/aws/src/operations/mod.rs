//! Tables of API operations, one file per service: name, permission, rate family, and whether it may be repeated.

pub mod account;
pub mod budgets;
pub mod cloudtrail;
pub mod ec2;
pub mod iam;
pub mod identity_store;
pub mod organizations;
pub mod s3_control;
pub mod sso_admin;
pub mod sts;
pub mod tagging;

use polity_provider::{ReadOperation, WriteOperation};

/// All operations that change nothing.
pub fn reads() -> Vec<&'static ReadOperation> {
    let tables: [&'static [ReadOperation]; 11] = [
        account::READS,
        budgets::READS,
        cloudtrail::READS,
        ec2::READS,
        iam::READS,
        identity_store::READS,
        organizations::READS,
        s3_control::READS,
        sso_admin::READS,
        sts::READS,
        tagging::READS,
    ];
    tables.into_iter().flatten().collect()
}

/// All operations that change something.
pub fn writes() -> Vec<&'static WriteOperation> {
    let tables: [&'static [WriteOperation]; 11] = [
        account::WRITES,
        budgets::WRITES,
        cloudtrail::WRITES,
        ec2::WRITES,
        iam::WRITES,
        identity_store::WRITES,
        organizations::WRITES,
        s3_control::WRITES,
        sso_admin::WRITES,
        sts::WRITES,
        tagging::WRITES,
    ];
    tables.into_iter().flatten().collect()
}

/// Declares a service's operations and the two tables that hold them all: nobody can forget to list one.
#[macro_export]
macro_rules! operations {
    (
        service: $service:literal, prefix: $prefix:literal;
        $(read $read:ident = $read_name:literal, $read_family:literal $(, permission $read_permission:literal)?;)*
        $(once $once:ident = $once_name:literal, $once_family:literal $(, permission $once_permission:literal)?;)*
        $(write $write:ident = $write_name:literal, $write_family:literal $(, permission $write_permission:literal)?;)*
    ) => {
        $(
            #[doc = concat!("`", $service, ":", $read_name, "`")]
            pub const $read: polity_provider::ReadOperation = polity_provider::ReadOperation::new(
                $service, $read_name, $crate::operations!(@permission $prefix, $read_name $(, $read_permission)?), $read_family,
            );
        )*
        $(
            #[doc = concat!("`", $service, ":", $once_name, "`")]
            pub const $once: polity_provider::WriteOperation = polity_provider::WriteOperation::once(
                $service, $once_name, $crate::operations!(@permission $prefix, $once_name $(, $once_permission)?), $once_family,
            );
        )*
        $(
            #[doc = concat!("`", $service, ":", $write_name, "`")]
            pub const $write: polity_provider::WriteOperation = polity_provider::WriteOperation::repeatable(
                $service, $write_name, $crate::operations!(@permission $prefix, $write_name $(, $write_permission)?), $write_family,
            );
        )*
        /// Operations of this service that change nothing.
        pub const READS: &[polity_provider::ReadOperation] = &[$($read),*];
        /// Operations of this service that change something.
        pub const WRITES: &[polity_provider::WriteOperation] = &[$($once,)* $($write),*];
    };
    (@permission $prefix:literal, $name:literal) => { concat!($prefix, ":", $name) };
    (@permission $prefix:literal, $name:literal, $permission:literal) => { $permission };
}
