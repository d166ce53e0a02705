//! When the pages of a host go missing together, as rows: how its other articles fare, and what follows.

use std::time::Duration;

use wirewatch::detect::{Absence, Finding, Known, assess_absence};
use wirewatch::model::{HostLooks, Missing, Surroundings};

use super::{Look, NOON, TOLL, text, usual, version};

fn after_an_hour(absence: Absence, host: HostLooks, looks: u32) -> Finding {
    let surroundings = Surroundings { host, ..Surroundings::default() };
    let missing = Some(Missing { looks, since: NOON });
    let now = NOON + Duration::from_secs(61 * 60);
    let look = Look { missing, ..Look::after(version(1, text("Dam breaks", &[TOLL]))) };
    look.known(|known| assess_absence(&usual("dam"), &Known { surroundings: &surroundings, ..*known }, absence, now))
}

fn host(missing: u32, answering: u32) -> HostLooks {
    HostLooks { missing, answering, is_noticed: false }
}

#[test]
fn an_article_is_gone_only_while_its_host_answers() {
    let rows = [
        // Others missing, others there, gone?
        (0, 0, true),
        (0, 30, true),
        (1, 0, true),
        (2, 0, false),
        (2, 1, true),
        (5, 1, true),
        (40, 3, false),
        (40, 4, true),
    ];
    for (missing, answering, is_gone) in rows {
        let finding = after_an_hour(Absence::NotFound, host(missing, answering), 2);
        match finding {
            Finding::Gone { .. } => assert!(is_gone, "{missing} missing, {answering} there"),
            Finding::HostMissing { articles, .. } => assert!(!is_gone && articles == missing + 1),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_withheld_is_gone_as_what_is_not_found() {
    assert!(matches!(after_an_hour(Absence::Withheld, host(0, 5), 2), Finding::Gone { .. }));
    assert!(matches!(after_an_hour(Absence::Withheld, host(0, 5), 1), Finding::Missing(_)));
    assert!(matches!(after_an_hour(Absence::Removed, host(0, 5), 1), Finding::Gone { .. }));
}
