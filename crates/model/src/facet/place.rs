//! Where a resource lies, in the manifest's own words. A resource in a tenant that no manifest declares has none of these.

use super::{Facet, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![tenant(), project(), unit(), landing_zone()]
}

fn tenant() -> Facet {
    const STATES: &[&str] = &["active", "quarantined", "retired"];
    let fields = vec![
        text("name", "Its manifest name."),
        text("id", "Its native id; absent before it is born.").optional(),
        text("platform", "Manifest name of its platform."),
        text("platform_type", "Type of its platform."),
        word("state", STATES, "Whether it lives, is cut off, or ends."),
        tags("tags", "Its tags, inherited ones included."),
        texts("guardrails", "Names of the guardrails on it, inherited ones included."),
        double("monthly_budget", "What it may cost a month; absent where nothing was set.").optional(),
        text("email", "Its e-mail address; absent where it needs none.").optional(),
    ];
    Facet { name: "tenant", title: "tenants", doc: "The tenant that the resource lies in.", fields }
}

fn project() -> Facet {
    let fields = vec![
        text("name", "Its manifest name."),
        text("title", "For people; absent where nothing is written.").optional(),
        tags("tags", "Its tags, inherited ones included."),
    ];
    Facet { name: "project", title: "projects", doc: "The project that the tenant belongs to.", fields }
}

fn unit() -> Facet {
    let fields = vec![
        text("name", "Its manifest name."),
        text("title", "For people; absent where nothing is written.").optional(),
        text("owner", "The person who answers for it; absent where nobody is named.").optional(),
        texts("path", "Its name and those of the units above, from the top."),
        tags("tags", "Its tags, inherited ones included."),
    ];
    Facet { name: "unit", title: "units", doc: "The unit that owns the project.", fields }
}

fn landing_zone() -> Facet {
    const MODES: &[&str] = &["observe", "adopt", "own"];
    let fields = vec![
        text("name", "Its manifest name."),
        texts("path", "Its name and those of the landing zones above, from the top."),
        word("mode", MODES, "What happens to objects that the manifest does not name."),
        texts("guardrails", "Names of the guardrails on it, inherited ones included."),
        tags("tags", "Its tags."),
    ];
    Facet { name: "landing_zone", title: "landing zones", doc: "The landing zone that the tenant sits in.", fields }
}
