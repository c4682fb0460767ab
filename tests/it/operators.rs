//! Agreement of parties, not of addresses: nodes of one operator are one witness.

use xrpl_txdata::{
    Builder, Delivered, Error, ErrorKind, Event, Lookup, MonitorSource, TxData, TxHash,
    testing::Fault,
};

use crate::support::{Stage, secs, timed, within};

const NODES: [&str; 3] = ["n1.test", "n2.test", "n3.test"];
const CARTEL: [&str; 2] = ["ws://n1.test", "ws://n2.test"];

/// Two nodes of one operator tell the same lie; the third node is as `third` says.
fn cartel(third: Option<Fault>) -> Stage {
    let stage = Stage::new();
    for name in &NODES[..2] {
        stage.node(name).set_faults([Fault::AlteredMetadata]);
    }
    stage.node(NODES[2]).set_faults(third);
    stage
}

fn client(stage: &Stage, settings: impl FnOnce(Builder) -> Builder) -> TxData {
    settings(stage.builder(&NODES).agreement(2)).build().unwrap()
}

fn grouped(stage: &Stage) -> TxData {
    client(stage, |builder| builder.one_operator(CARTEL))
}

async fn ask(txd: &TxData, hash: TxHash, wait: u64) -> Result<Lookup, Error> {
    timed(txd.get_one(hash, wait)).await.0
}

#[tokio::test(start_paused = true)]
async fn two_nodes_of_one_operator_do_not_agree_with_each_other() {
    let stage = cartel(Some(Fault::Refused));
    // Without knowing who they are they are believed.
    let fooled = client(&stage, |builder| builder);
    let tx = ask(&fooled, stage.hash, 0).await.unwrap().found().unwrap();
    assert!(!matches!(tx.delivered(), Delivered::Exact(_)) && tx.source().agreed.len() == 2);
    let error = ask(&grouped(&stage), stage.hash, 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AllEndpointsFailed, "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_operator_and_another_one_agree_or_contradict() {
    let stage = cartel(None);
    let error = ask(&grouped(&stage), stage.hash, 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disagreement, "{error}");
    stage.node(NODES[0]).heal();
    let tx = ask(&grouped(&stage), stage.hash, 0).await.unwrap().found().unwrap();
    assert_eq!(tx.source().agreed, ["ws://n1.test", "ws://n3.test"], "the second is not asked");
}

#[tokio::test(start_paused = true)]
async fn who_waits_waits_for_two_operators() {
    for (third, kind) in
        [(Some(Fault::Refused), ErrorKind::AllEndpointsFailed), (None, ErrorKind::Disagreement)]
    {
        let stage = cartel(third);
        let hash = stage.pay_after(2);
        stage.network.run_clock();
        let error = ask(&grouped(&stage), hash, 40).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    let stage = cartel(None);
    stage.node(NODES[1]).heal();
    stage.node(NODES[0]).set_faults([Fault::Refused]);
    let hash = stage.pay_after(2);
    stage.network.run_clock();
    let tx = ask(&grouped(&stage), hash, 40).await.unwrap().found().unwrap();
    assert_eq!(tx.source().agreed.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn never_is_the_word_of_two_operators() {
    for (third, grouping, told) in [
        (Some(Fault::Refused), false, Some(true)),
        (Some(Fault::Refused), true, Some(false)),
        (None, true, None),
    ] {
        for wait in [0, 30] {
            let stage = Stage::new();
            // Of the newest ones nobody is believed who was only asked.
            let last = stage.network.tip();
            for _ in 0..2 {
                stage.network.close_ledger();
            }
            NODES[..2].iter().for_each(|name| stage.node(name).set_faults([Fault::Forgets]));
            stage.node(NODES[2]).set_faults(third);
            stage.network.run_clock();
            let txd = if grouping { grouped(&stage) } else { client(&stage, |builder| builder) };
            let lookup = txd.lookup(stage.hash).wait(secs(wait)).agreement(1);
            let answer = timed(lookup.last_ledger_sequence(last)).await.0.unwrap();
            let is_final = match answer {
                Lookup::Absent(absence) => Some(absence.is_final()),
                Lookup::Found(_) => None,
            };
            assert_eq!(is_final, told, "{third:?}, {grouping}, {wait}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_never_watches_two_operators() {
    let stage = Stage::new();
    NODES.iter().for_each(|name| drop(stage.node(name)));
    stage.network.run_clock();
    let never = stage.never_paid();
    let last = stage.network.tip() + 3;
    let lookup = grouped(&stage).lookup(never).wait(secs(600)).last_ledger_sequence(last);
    let (answer, took) = timed(lookup).await;
    let Lookup::Absent(absence) = answer.unwrap() else { panic!() };
    assert!(absence.is_final() && took <= secs(14), "{absence} after {took:?}");
    assert!(absence.searched().iter().any(|one| one.endpoint == "ws://n3.test"));
}

/// Ledgers that a monitor tells of in a minute.
async fn told(stage: &Stage, txd: &TxData) -> usize {
    let shop = stage.network.account("shop");
    let mut monitor = txd.monitor([shop]).source(MonitorSource::Ledgers).start().unwrap();
    let mut ledgers = 0;
    let telling = async {
        while let Some(event) = monitor.next().await {
            ledgers += usize::from(matches!(event, Ok(Event::LedgerDone { .. })));
        }
    };
    assert!(tokio::time::timeout(secs(60), telling).await.is_err(), "it ends");
    ledgers
}

#[tokio::test(start_paused = true)]
async fn a_monitor_hands_out_what_two_operators_name() {
    for (third, grouping, tells) in [
        (Some(Fault::Refused), false, true),
        (Some(Fault::Refused), true, false),
        (None, true, true),
    ] {
        let stage = Stage::new();
        stage.node(NODES[0]);
        stage.node(NODES[1]);
        stage.node(NODES[2]).set_faults(third);
        stage.network.run_clock();
        let txd = if grouping { grouped(&stage) } else { client(&stage, |builder| builder) };
        let ledgers = within(told(&stage, &txd)).await;
        assert_eq!(ledgers > 5, tells, "{third:?}, {grouping}: {ledgers} ledgers");
    }
}

#[tokio::test]
async fn groups_are_of_the_endpoints_and_bound_the_agreement() {
    let stage = Stage::new();
    let error = stage.builder(&NODES).one_operator(CARTEL).agreement(3).build().unwrap_err();
    assert!(error.to_string().contains("expected 1 to 2"), "{error}");
    let error = stage.builder(&NODES).one_operator(["ws://n9.test"]).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSetting);
    assert!(error.to_string().contains("ws://n9.test"), "{error}");
    let error = stage.builder(&NODES).one_operator(["nonsense"]).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidEndpoints);
    // The same address written differently is the same endpoint.
    stage.builder(&NODES).one_operator(["WS://N1.test:80/"]).agreement(3).build().unwrap();
}
