//! `polity control`: lists, shows, begins and tests controls.

use std::{fs, io, sync::Arc};

use polity_controls::{
    catalog::Catalog,
    control::{self, Control},
};
use polity_model::{
    facet,
    organization::{Organization, Place},
    written::Written,
};

use super::{Home, pretty};
use crate::{
    args::{
        Output,
        control::{ControlList, ControlVerb, TestOutput},
    },
    controls::{self, Controls},
    exit::{Ended, Exit, Failure},
    folder, sketch, terminal,
    views::{
        control::{
            cases::{self, Case, Tested},
            list, show,
        },
        some_of,
    },
};

pub(super) fn control(home: &Home, verb: ControlVerb) -> Ended {
    match verb {
        ControlVerb::List(arguments) => list_controls(home, &arguments),
        ControlVerb::Show { name, output } => {
            let (controls, _) = home.controls()?;
            let control = named(&controls.catalog, &name)?;
            terminal::out(&match output {
                Output::Human => show::human(control, &controls.rules),
                Output::Json => pretty(&show::json(control, &controls.rules)),
            })?;
            Ok(Exit::Done)
        }
        ControlVerb::New { name, on } => new(home, &name, &on),
        ControlVerb::Test { name, output } => test(home, name.as_deref(), output),
    }
}

fn named<'c>(catalog: &'c Catalog, name: &str) -> Result<&'c Arc<Control>, Failure> {
    catalog.controls.get(name).ok_or_else(|| unknown("control", name, catalog.controls.keys()))
}

/// A name that nothing has is a slip, not an empty answer.
fn unknown<'n>(noun: &str, name: &str, known: impl Iterator<Item = &'n String>) -> Failure {
    let mut known: Vec<&String> = known.collect();
    // Those that share the most with what was written come first.
    let parts = |text: &str| text.split(['-', '_', '/']).map(str::to_owned).collect::<Vec<_>>();
    let written = parts(name);
    known.sort_by_key(|known| std::cmp::Reverse(parts(known).iter().filter(|part| written.contains(part)).count()));
    let near = |known: &&&String| known.starts_with(name) || name.starts_with(known.as_str());
    let meant = known.iter().find(near).filter(|_| name.len() > 3);
    let help =
        meant.map_or_else(|| format!("known: {}", some_of(&known, 8)), |meant| format!("did you mean `{meant}`?"));
    Failure::new(format!("there is no {noun} `{name}`")).help(help)
}

fn list_controls(home: &Home, arguments: &ControlList) -> Ended {
    let (Controls { catalog, rules, .. }, organization) = home.controls()?;
    let human = arguments.output == Output::Human;
    let place = match (&arguments.tenant, &arguments.place) {
        (Some(tenant), _) => Some(format!("tenant/{tenant}")),
        (None, place) => place.clone(),
    };
    let text = if let Some(place) = place {
        let Some(organization) = organization else {
            return Err(Failure::new("there is no manifest here, so nothing is attached anywhere")
                .help("name its folder with `--folder DIR`"));
        };
        let place = place_of(&organization, &place)?;
        let rules = rules.of_place(&place);
        if human { list::at(&place, rules) } else { pretty(&list::at_json(&place, rules)) }
    } else if let Some(baseline) = &arguments.baseline {
        if !catalog.baselines.contains_key(baseline) {
            return Err(unknown("baseline", baseline, catalog.baselines.keys()));
        }
        let included = catalog.controls_of(baseline);
        if human {
            list::baseline(&catalog, &included)
        } else {
            pretty(&list::baseline_json(&catalog, baseline, &included))
        }
    } else if human {
        list::all(&catalog, &rules)
    } else {
        pretty(&list::all_json(&catalog, &rules))
    };
    terminal::out(&text)?;
    Ok(Exit::Done)
}

/// `organization`, `kind/name`, or a name that only one place has.
fn place_of(organization: &Organization, written: &str) -> Result<Place, Failure> {
    let called = |place: &Place| match place.parts() {
        (noun, "") => noun.to_owned(),
        (noun, name) => format!("{}/{name}", noun.replace(' ', "_")),
    };
    let places = organization.places();
    let fits = |place: &&Place| called(place) == written || (place.parts().1 == written && !written.is_empty());
    let found: Vec<&Place> = places.iter().filter(fits).collect();
    match found.as_slice() {
        [place] => Ok((*place).clone()),
        [] => {
            let names: Vec<String> = places.iter().map(called).collect();
            Err(unknown("place", written, names.iter()))
        }
        several => {
            let names: Vec<String> = several.iter().map(|place| format!("`{}`", called(place))).collect();
            Err(Failure::new(format!("`{written}` is the name of several places"))
                .help(format!("write {}", names.join(" or "))))
        }
    }
}

/// Writes a control to begin with.
fn new(home: &Home, name: &str, on: &str) -> Ended {
    let facets = || facet::all().iter().map(|facet| facet.name.to_owned()).collect::<Vec<_>>();
    let facet = facet::find(on).ok_or_else(|| unknown("facet", on, facets().iter()))?;
    let (controls, _) = home.controls()?;
    if let Some(known) = controls.catalog.controls.get(name) {
        return Err(Failure::new(format!("there is a control `{name}` already, in {}", known.origin))
            .help("choose another name: each control has one of its own"));
    }
    let text = sketch::control(name, facet);
    let path = home.folder.join("controls").join(format!("{name}.yaml"));
    let file = polity_manifest::File { path: format!("controls/{name}.yaml"), bytes: text.clone().into_bytes() };
    // A name that is none makes a control that is none.
    let (documents, mut wrong) = polity_manifest::documents(&file);
    wrong.extend(documents.iter().flat_map(|written| control::read(written).1));
    if let Some(wrong) = wrong.into_iter().next() {
        let failure = Failure::new(wrong.message);
        return Err(match wrong.help {
            Some(help) => failure.help(help),
            None => failure,
        });
    }
    write_new(&path, &text)?;
    terminal::out(&format!(
        "wrote {}\n\nedit it, then `polity control test {name}`; attach it with `controls: [{name}]`, for example to the \
         organization\n",
        path.display()
    ))?;
    Ok(Exit::Done)
}

/// Never over what is there, and never through a link.
fn write_new(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        io::Write::write_all(&mut file, text.as_bytes())
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(format!("`{}` is there already", path.display()))
            .help("nothing was written: choose another name, or edit that file"),
        _ => Failure::new(format!("`{}` cannot be written: {}", path.display(), folder::plain(&error))),
    })
}

/// Runs cases: of the manifest's own controls, whatever else is wrong with the manifest, or of the one that is named.
fn test(home: &Home, name: Option<&str>, output: TestOutput) -> Ended {
    let files = folder::list(&home.folder)?.files;
    let own = controls::own(&files);
    let called = |written: &Written, field: &str| {
        written.get(field).and_then(|entry| entry.value.text()).unwrap_or_default().to_owned()
    };
    let mut documents: Vec<Written> = own.into_iter().filter(|written| called(written, "kind") == "control").collect();
    if let Some(name) = name {
        let own: Vec<String> = documents.iter().map(|written| called(written, "name")).collect();
        documents.extend(controls::built_in().into_iter().filter(|written| called(written, "kind") == "control"));
        let all: Vec<String> = documents.iter().map(|written| called(written, "name")).collect();
        documents.retain(|written| called(written, "name") == name);
        if documents.is_empty() {
            return Err(unknown("control", name, if own.is_empty() { all.iter() } else { own.iter() }));
        }
    } else if documents.is_empty() {
        return Err(Failure::new(format!("there is no control in `{}`", home.folder.display()))
            .help("`polity control new NAME` begins one; `polity control test NAME` tests one of the catalog"));
    }
    let tested: Vec<Tested> = documents.iter().map(|written| tested(written, called(written, "name"))).collect();
    terminal::out(&match output {
        TestOutput::Human => cases::human(&tested),
        TestOutput::Json => pretty(&cases::json(&tested)),
        TestOutput::Junit => cases::junit(&tested),
    })?;
    Ok(if tested.iter().all(|one| one.failures() == 0) { Exit::Done } else { Exit::Error })
}

fn tested(written: &Written, name: String) -> Tested {
    let (control, mut wrong) = control::read_untried(written);
    wrong.retain(polity_model::Diagnostic::is_error);
    let mut cases = Vec::new();
    if let Some(control) = &control {
        wrong.extend(control.lacking());
        cases.extend(control.try_cases().into_iter().map(|tried| Case {
            expected: tried.case.expected.name(),
            facet: tried.case.row.facet.to_string(),
            origin: tried.case.origin.to_string(),
            wrong: tried.wrong,
        }));
    }
    Tested { control: name, origin: written.origin.to_string(), wrong, cases }
}
