//! The change feed, as a consumer reads it.

use std::collections::BTreeSet;
use std::time::Duration;

use fc_ext::RefreshFeature;
use fc_mirror::{Change, ChangeKind, ChangePosition, Entity, ErrorKind, Mirror};
use fc_sandbox::AccountSpec;

use crate::copy::everywhere;

async fn read(mirror: &Mirror, after: ChangePosition) -> (Vec<Change>, ChangePosition) {
    let mut changes = mirror.changes(after);
    let mut found = Vec::new();
    while let Some(change) = changes.next().await {
        found.push(change.unwrap());
    }
    (found, changes.position().clone())
}

#[tokio::test]
async fn a_consumer_gets_each_change_once_from_any_stored_place() {
    everywhere(async |bank, copy| {
        let ids = bank.link((0..6).map(|_| AccountSpec::checking().transactions(120))).await;
        for id in &ids {
            bank.refresh(id, RefreshFeature::ALL).await;
        }
        copy.run().await;
        let (all, end) = read(&copy.mirror, ChangePosition::START).await;
        let numbers: BTreeSet<(u16, u64)> = all.iter().map(|change| (change.shard, change.number)).collect();
        assert_eq!(numbers.len(), all.len(), "no number comes twice");
        assert_eq!(all.len().to_string(), copy.value("SELECT count(*) FROM fc_change"));
        let of = |entity| {
            all.iter().filter(|change| change.entity == entity && change.kind == ChangeKind::Inserted).count()
        };
        assert_eq!((of(Entity::Account), of(Entity::Transaction)), (6, 720));
        assert_eq!((of(Entity::Balance), of(Entity::Owner) > 0), (6, true));

        let stored: ChangePosition = end.to_string().parse().unwrap();
        assert_eq!(read(&copy.mirror, stored.clone()).await.0, []);
        bank.advance(Duration::from_secs(86_400 * 2));
        bank.refresh(&ids[0], RefreshFeature::ALL).await;
        for event in bank.new_events() {
            copy.deliver(&event).await;
        }
        copy.run().await;
        let (new, _) = read(&copy.mirror, stored).await;
        assert!(!new.is_empty() && new.iter().all(|change| change.account == ids[0].as_str()), "{new:?}");
        assert!(new.iter().any(|change| change.entity == Entity::Transaction && change.version == Some(2)));
    })
    .await;
}

#[tokio::test]
async fn a_follower_waits_for_the_next_change() {
    everywhere(async |bank, copy| {
        let mut changes = copy.mirror.changes(ChangePosition::START).follow();
        let early = tokio::time::timeout(Duration::from_millis(50), changes.next()).await;
        assert!(early.is_err(), "there is none yet");
        bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        let change = tokio::time::timeout(Duration::from_secs(20), changes.next()).await;
        assert_eq!(change.expect("it comes").unwrap().unwrap().entity, Entity::Account);
    })
    .await;
}

#[test]
fn other_text_is_no_position() {
    for text in ["0", "0:", ":1", "a:1", "0:1,", "0:-1", "70000:1"] {
        assert_eq!(text.parse::<ChangePosition>().unwrap_err().kind(), ErrorKind::Configuration, "{text}");
    }
    assert_eq!("".parse::<ChangePosition>().unwrap(), ChangePosition::START);
}

#[tokio::test]
async fn a_shard_that_could_not_be_read_is_read_by_the_next_call() {
    everywhere(async |bank, copy| {
        bank.link([AccountSpec::checking()]).await;
        copy.run().await;
        // The other shard is read first, and has nothing.
        let mut changes = copy.mirror.changes(ChangePosition::START).shards([1, 0]);
        copy.damage(&["UPDATE fc_change SET entity = 'unknown'".to_owned()]);
        assert_eq!(changes.next().await.unwrap().unwrap_err().kind(), ErrorKind::Database);
        copy.damage(&["UPDATE fc_change SET entity = 'account'".to_owned()]);
        assert_eq!(changes.next().await.unwrap().unwrap().entity, Entity::Account);
    })
    .await;
}
