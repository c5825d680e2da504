//! An invented platform and the means to run the engine over it.

pub mod house;
pub mod manifest;
pub mod nimbus;
pub mod schemas;
pub mod world;

pub use house::House;
pub use manifest::*;
pub use world::Fault;
