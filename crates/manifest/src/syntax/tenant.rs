//! A tenant, written within its project.

use polity_model::{
    Diagnostic,
    organization::{Budget, LifeState, Tenant},
    shape::{Field, Shape},
};

use super::{
    Body, Draft,
    common::{
        LANDING_ZONE, PLATFORM, TENANT_STATES, access, controls, guardrails, quota, renamed_from, settings, state,
        tags, title,
    },
};
use crate::{
    check::bad_name,
    yaml::{Content, Node},
};

/// Percentages of a budget at which somebody is told, unless written.
const ALERT_AT: [i64; 2] = [80, 100];

pub(crate) fn fields() -> Vec<Field> {
    let budget = Shape::Record(vec![
        Field::required("monthly", Shape::Money, "Amount a month."),
        Field::new(
            "alert_at",
            Shape::Set(Box::new(Shape::Int { min: 1, max: 1000 })),
            "Percentages of the amount at which somebody is told; 80 and 100 unless written.",
        ),
        Field::new("notify", Shape::Set(Box::new(Shape::Email)), "Who is told; the owner of the unit unless written."),
    ]);
    let mut fields = vec![
        Field::required("platform", Shape::Reference(PLATFORM), "The platform."),
        Field::new("landing_zone", Shape::Reference(LANDING_ZONE), "Where it sits; the platform's root without one."),
        Field::new("name", Shape::Name, "Manifest name; `<project>-<landing zone>` unless written."),
        title("Native name; the manifest name unless written."),
        Field::new("email", Shape::Email, "E-mail address of its own; from the platform's pattern unless written."),
        Field::new("budget", Shape::Either(vec![Shape::Money, budget]), "Money it may cost a month."),
        quota("How much it may use; what is not written holds as its landing zones say, or is not limited by us."),
        tags("Tags of it alone."),
        access("Access to it alone."),
        guardrails("Guardrails attached to it alone."),
        controls("Controls for it alone."),
        settings("Settings of it alone."),
    ];
    fields.extend(state(TENANT_STATES));
    fields.push(Field::new("id", Shape::Text, "Native id of an existing tenant to take over."));
    fields.push(renamed_from());
    fields
}

/// Takes a tenant into the draft; answers its name.
pub(super) fn read(mut body: Body<'_>, project: &str, draft: &mut Draft) -> Option<String> {
    let landing_zone = body.named("landing_zone");
    if let Some(node) = body.take("name") {
        body.origin = body.origin_of(node.span);
        body.name = node.text().unwrap_or_default().to_owned();
    } else {
        body.name = match &landing_zone {
            Some(zone) => format!("{project}-{}", zone.name),
            None => project.to_owned(),
        };
        if let Some((message, _)) = bad_name(&body.name) {
            let help = "write a shorter `name:` for this tenant";
            draft.diagnostics.push(Diagnostic::error("bad-name", &body.origin, message).help(help));
            return None;
        }
    }
    let state = body.state(draft);
    if !draft.declare("tenant", &body.name, &body.origin, matches!(state, LifeState::Retired { .. })) {
        return None;
    }
    let platform = body.named("platform")?;
    let id = body.take("id").and_then(|node| {
        let id = node.text()?.to_owned();
        draft.native_ids.push(("tenant", platform.name.clone(), id.clone(), body.origin_of(node.span)));
        Some(id)
    });
    let tenant = Tenant {
        title: body.text("title"),
        project: project.to_owned(),
        email: body.text("email"),
        tags: body.tags(draft, true),
        budget: body.take("budget").and_then(|node| budget(&body, node)),
        quota: body.quota(),
        access: body.access(draft),
        guardrails: body.names("guardrails"),
        controls: body.controls(draft),
        settings: body.settings(),
        state,
        id,
        renamed_from: body.renamed_from("tenant", draft),
        platform,
        landing_zone,
        name: body.name,
        origin: body.origin,
    };
    let name = tenant.name.clone();
    draft.organization.tenants.insert(name.clone(), tenant);
    Some(name)
}

fn budget(body: &Body<'_>, node: Node) -> Option<Budget> {
    let origin = body.origin_of(node.head());
    if let Content::Text(text) = &node.content {
        return Some(Budget { monthly: text.parse().ok()?, alert_at: ALERT_AT.to_vec(), notify: Vec::new(), origin });
    }
    let mut inner = body.inner(node);
    let monthly = inner.text("monthly")?.parse().ok()?;
    let alerts_written = inner.has("alert_at");
    let alert_at = inner
        .list("alert_at")
        .into_iter()
        .filter_map(|node| if let Content::Int(percent) = node.content { Some(percent) } else { None })
        .collect();
    let alert_at = if alerts_written { alert_at } else { ALERT_AT.to_vec() };
    Some(Budget { monthly, alert_at, notify: inner.texts("notify"), origin })
}
