//! A guardrail is taken off only while all whom it holds stand where the plan has them.

use polity_engine::{End, Observer, Progress, Report};
use polity_model::{Value, resource::Desired};
use polity_provider::Problem;

use crate::support::{Fault, House, at, binding, cell, house::clean, rule, zone};

/// Something that happens once an object is made.
struct Hand<'a> {
    house: &'a House,
    once: &'static str,
    does: fn(&House),
}

impl Observer for Hand<'_> {
    fn on(&self, progress: &Progress<'_>) {
        self.house.seen.on(progress);
        if let Progress::ChangeDone { address, .. } = progress
            && address.name == self.once
        {
            (self.does)(self.house);
        }
    }
}

/// Walls around all, or around the inner zone alone, in which the shop is.
fn walled(around: &str) -> Vec<Desired> {
    vec![
        zone("all", None),
        zone("inner", Some("all")),
        cell("shop", "inner"),
        rule("walls", "no"),
        binding("walls", "zone", around),
    ]
}

/// The walls come closer, and meanwhile something happens.
async fn closer(does: fn(&House)) -> (House, Report) {
    let house = House::new(walled("all"));
    clean(&house.apply().await.unwrap());
    house.ask_for(walled("inner"));
    let plan = house.plan().await;
    let hand = Hand { house: &house, once: "walls@inner", does };
    let report = polity_engine::apply(&house.input(&plan), &hand).await.unwrap();
    (house, report)
}

fn refusal(report: &Report) -> String {
    let taken = report.results.iter().find(|result| result.address == at("rule-binding", "walls@all")).unwrap();
    match &taken.end {
        End::Failed { message, help } => format!("{message}\n{}", help.as_deref().unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

fn bound(house: &House) -> usize {
    house.world.of("rule-binding").len()
}

fn move_shop(house: &House) {
    let all = house.world.one("zone", "all").id;
    house.world.tamper("cell", "shop", |shop| {
        shop.attributes.insert("zone".to_owned(), Value::text(all.as_str()));
    });
}

#[tokio::test]
async fn whoever_was_moved_meanwhile_keeps_the_guardrail() {
    let (house, report) = closer(move_shop).await;
    assert_eq!(
        refusal(&report),
        "nothing was done: `nimbus/cell/shop` was moved meanwhile: it stands in `all`, and the plan has it in `inner`\n\
         plan again: that puts it right first, or shows who loses the guardrail"
    );
    assert_eq!(bound(&house), 2);
    clean(&house.apply().await.unwrap());
    assert_eq!(bound(&house), 1);
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn so_does_one_that_the_manifest_does_not_know() {
    let house = House::new(walled("all"));
    clean(&house.apply().await.unwrap());
    let inner = house.world.one("zone", "inner").id;
    let attributes = [("name", "lab"), ("mail", "lab@nimbus.example"), ("zone", &inner)];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), Value::text(value)));
    house.world.plant("nimbus", "cell", attributes.into_iter().collect(), None);
    house.ask_for(walled("inner"));
    let plan = house.plan().await;
    let does: fn(&House) = |house| {
        let all = house.world.one("zone", "all").id;
        house.world.tamper("cell", "lab", |lab| {
            lab.attributes.insert("zone".to_owned(), Value::text(all.as_str()));
        });
    };
    let hand = Hand { house: &house, once: "walls@inner", does };
    let report = polity_engine::apply(&house.input(&plan), &hand).await.unwrap();
    assert!(refusal(&report).contains("cell `lab` was moved meanwhile"), "{}", refusal(&report));
    assert_eq!(bound(&house), 2);
    // The next plan was made with it there: whoever approves it takes the guardrail from it knowingly.
    clean(&house.apply().await.unwrap());
    assert_eq!(bound(&house), 1);
}

#[tokio::test]
async fn a_guardrail_stays_if_its_successor_is_taken_off_meanwhile() {
    let (house, report) = closer(|house| {
        let inner = house.world.one("zone", "inner").id;
        let bindings = house.world.of("rule-binding");
        let there = bindings.iter().find(|one| one.attributes["target"] == Value::text(inner.as_str())).unwrap();
        house.world.vanish("rule-binding", &there.name);
    })
    .await;
    assert!(
        refusal(&report)
            .contains("`nimbus/rule-binding/walls@inner`, the same guardrail in another place, was taken off"),
        "{}",
        refusal(&report)
    );
    assert_eq!(bound(&house), 1);
    clean(&house.apply().await.unwrap());
    assert!(house.plan().await.is_empty());
}

#[tokio::test]
async fn it_stays_while_nobody_can_tell_whom_it_holds() {
    let (house, report) = closer(|house| house.world.fault(Fault::always("present", "cell", Problem::Denied))).await;
    assert!(refusal(&report).contains("whom the guardrail holds could not be read"), "{}", refusal(&report));
    assert_eq!(bound(&house), 2);
}

#[tokio::test]
async fn our_own_moves_are_no_surprise_however_late_they_show() {
    let with_lab = |around: &str, lab: &str| [walled(around), vec![cell("lab", lab)]].concat();
    let house = House::new(with_lab("all", "all"));
    clean(&house.apply().await.unwrap());
    house.ask_for(with_lab("inner", "inner"));
    house.world.state().lag = 4;
    clean(&house.apply().await.unwrap());
    assert_eq!(bound(&house), 1);
}

#[tokio::test]
async fn a_rule_is_loosened_only_while_all_whom_it_holds_stand_where_they_should() {
    let asked = |outer: &str, more: Option<Desired>| {
        let mut all = walled("all");
        all.retain(|one| one.address.kind != "rule");
        all.extend([rule("walls", outer), rule("moat", "no")]);
        all.extend(more);
        all
    };
    let house = House::new(asked("no", None));
    clean(&house.apply().await.unwrap());
    house.ask_for(asked("perhaps", Some(binding("moat", "zone", "inner"))));
    let plan = house.plan().await;
    let hand = Hand { house: &house, once: "moat@inner", does: move_shop };
    let report = polity_engine::apply(&house.input(&plan), &hand).await.unwrap();
    let walls = report.results.iter().find(|result| result.address == at("rule", "walls")).unwrap();
    assert!(
        matches!(&walls.end, End::Failed { message, .. } if message.contains("moved meanwhile")),
        "{:?}",
        walls.end
    );
    clean(&house.apply().await.unwrap());
    assert!(house.plan().await.is_empty());
}
