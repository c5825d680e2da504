//! How a provider declares a service's operations.

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
            pub const $read: $crate::ReadOperation = $crate::ReadOperation::new(
                $service, $read_name, $crate::operations!(@permission $prefix, $read_name $(, $read_permission)?), $read_family,
            );
        )*
        $(
            #[doc = concat!("`", $service, ":", $once_name, "`")]
            pub const $once: $crate::WriteOperation = $crate::WriteOperation::once(
                $service, $once_name, $crate::operations!(@permission $prefix, $once_name $(, $once_permission)?), $once_family,
            );
        )*
        $(
            #[doc = concat!("`", $service, ":", $write_name, "`")]
            pub const $write: $crate::WriteOperation = $crate::WriteOperation::repeatable(
                $service, $write_name, $crate::operations!(@permission $prefix, $write_name $(, $write_permission)?), $write_family,
            );
        )*
        /// Operations of this service that change nothing.
        pub const READS: &[$crate::ReadOperation] = &[$($read),*];
        /// Operations of this service that change something.
        pub const WRITES: &[$crate::WriteOperation] = &[$($once,)* $($write),*];
    };
    (@permission $prefix:literal, $name:literal) => { concat!($prefix, ":", $name) };
    (@permission $prefix:literal, $name:literal, $permission:literal) => { $permission };
}
