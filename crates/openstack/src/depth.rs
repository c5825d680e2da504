//! How deep projects nest: Keystone takes so many levels below a domain, and never moves one.

use polity_provider::{Ask, Error, Problem};

/// Levels of projects below the domain, unless `max_project_tree_depth` of an installation says otherwise.
pub(crate) const MAX: usize = 5;

/// What a refusal to make a project means, where it is about its place.
pub(crate) fn explain(mut error: Error, ask: &Ask<'_>) -> Error {
    let said = error.message.to_lowercase();
    if error.is(Problem::Invalid) && said.contains("hierarchy depth") {
        error.problem = Problem::Limit;
        error.message =
            format!("`{}` would be one level deeper than this Keystone allows: {}", ask.address, error.message);
        return error.help(format!(
            "a domain takes {MAX} levels of projects unless `max_project_tree_depth` in `keystone.conf` says more, and a \
             tenant is one of them: nest its landing zones less deep"
        ));
    }
    error
}

/// What can be done where a project stands in the wrong place: Keystone moves none.
pub(crate) const INSTEAD: &str = "Keystone cannot move a project in place: write its old landing zone again; or give the tenant \
     another name, which makes a new project where you want it, move what runs in the old one there, and end that with \
     `state: retired`";
