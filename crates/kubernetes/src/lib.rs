//! Kubernetes: tenants are namespaces, access is role bindings, quotas and fences are objects in each namespace.
//!
//! A cluster is one scope: every kind is read by one list over all namespaces. What Polity writes it applies under a field
//! manager of its own, so that the server itself tells us where somebody else holds a field ([`client`]).
//!
//! **Never here:** a workload (pods, deployments and what they are made of), a socket of its own, and a call for each object
//! where a list will do.

pub mod adopt;
mod attribution;
pub mod auth;
pub mod client;
mod coverage;
mod kinds;
mod kubeconfig;
mod limits;
mod names;
pub mod operations;
pub mod permissions;
mod provider;
mod quantity;
mod session;
pub mod vocabulary;

pub use auth::Login;
pub use provider::KubernetesProvider;
