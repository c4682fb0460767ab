//! Each answer that is wrong, late or missed is seen, and nothing else is.

use xrpl_txdata::{
    TxData,
    testing::{Fault, Network},
};

use super::*;

/// Answers to the three kinds of questions, and the truth about them.
struct Answers {
    found: Result<Lookup, Error>,
    absent: Result<Lookup, Error>,
    never: Result<Lookup, Error>,
    failed: Result<Lookup, Error>,
    /// The ledger that holds what was found.
    ledger: Ledger,
    newest: u32,
}

async fn answers() -> Answers {
    let network = Network::builder().seed(5).build();
    let node = network.node("n1.test");
    let txd = TxData::builder().endpoints([node.url()]).connect(network.clone());
    let txd = txd.allow_partial_history().build().unwrap();
    let (from, to) = (network.account("from"), network.account("to"));
    let pay = |tag| network.pay(from, to, "25 XRP".parse().unwrap()).tag(tag);
    let (hash, nobodys) = (pay(7).submit(), pay(8).never());
    let at = Instant::now();
    let index = network.close_ledger();
    let found = txd.get_one(hash, 0).await;
    let absent = txd.get_one(nobodys, 0).await;
    let never = txd.lookup(nobodys).wait(Duration::from_secs(9)).last_ledger_sequence(index).await;
    node.set_faults([Fault::NoReply]);
    let failed = txd.get_one(hash, 0).await;
    let place = network.truth(&hash).unwrap().index;
    let delivered = Some("25 XRP".parse().unwrap());
    let paid = vec![Paid { hash, place, tag: 7, result: "tesSUCCESS".to_owned(), delivered }];
    Answers { found, absent, never, failed, ledger: Ledger { index, at, paid }, newest: index }
}

impl Answers {
    fn known<'a>(&self, ledger: Option<&'a Ledger>) -> Known<'a> {
        let paid = ledger.and_then(|ledger| ledger.paid.first());
        Known { ledger, paid, newest: self.newest, steady: None }
    }
}

/// A question that was answered so long after it was asked.
fn question(wait: u64, took: u64) -> Question {
    let asked = Instant::now() + Duration::from_secs(3_600);
    let answered = asked + Duration::from_secs(took);
    Question { asked, wait: Duration::from_secs(wait), last: None, answered }
}

fn wrong(judged: Result<Right, String>, because: &str) {
    let told = judged.expect_err("it is wrong");
    assert!(told.contains(because), "{told:?} and not {because:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_found_must_be_what_is_there() {
    let answers = answers().await;
    let judge =
        |ledger: Option<&Ledger>| answer(&question(0, 1), &answers.found, &answers.known(ledger));
    assert_eq!(judge(Some(&answers.ledger)), Ok(Right::Found));
    wrong(judge(None), "it is in none");
    let altered = |alter: &dyn Fn(&mut Ledger)| {
        let Ledger { index, at, paid } = &answers.ledger;
        let mut ledger = Ledger { index: *index, at: *at, paid: paid.clone() };
        alter(&mut ledger);
        ledger
    };
    for ledger in [
        altered(&|ledger| ledger.index += 1),
        altered(&|ledger| ledger.paid[0].place += 1),
        altered(&|ledger| ledger.paid[0].tag += 1),
        altered(&|ledger| ledger.paid[0].result = "tecPATH_DRY".to_owned()),
        altered(&|ledger| ledger.paid[0].delivered = None),
        altered(&|ledger| ledger.paid[0].delivered = "25.000001 XRP".parse().ok()),
    ] {
        wrong(judge(Some(&ledger)), "and it is");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_absent_must_not_be_there() {
    let answers = answers().await;
    let judge = |question, known| answer(&question, &answers.absent, &known);
    let known = answers.known(None);
    assert_eq!(judge(question(0, 1), known), Ok(Right::Absent));
    wrong(judge(question(0, 1), answers.known(Some(&answers.ledger))), "it is in ledger");
    wrong(judge(question(0, 1), Known { newest: known.newest - 1, ..known }), "the newest one");
    wrong(judge(question(5, 4), known), "with a wait of 5s");
}

#[tokio::test(start_paused = true)]
async fn what_a_steady_node_had_must_not_be_missed() {
    let answers = answers().await;
    // In a ledger that it says it has not searched.
    let ledger = Ledger { index: answers.newest + 9, ..answers.ledger };
    let judge = |at: Instant, steady| {
        let ledger = Ledger { at, paid: ledger.paid.clone(), index: ledger.index };
        let known = Known { ledger: Some(&ledger), paid: None, newest: ledger.index, steady };
        answer(&question(20, 21), &answers.absent, &known)
    };
    let asked = question(20, 21).asked;
    wrong(judge(asked + Duration::from_secs(16), Some(asked)), "missed in ledger");
    assert_eq!(judge(asked + Duration::from_secs(16), None), Ok(Right::Absent));
    let late = Some(asked + Duration::from_secs(18));
    assert_eq!(judge(asked + Duration::from_secs(16), late), Ok(Right::Absent));
    let just_closed = asked + Duration::from_secs(19);
    assert_eq!(judge(just_closed, Some(asked)), Ok(Right::Absent));
}

#[tokio::test(start_paused = true)]
async fn never_must_be_true() {
    let answers = answers().await;
    let last = |last| Question { last, ..question(9, 1) };
    let judge = |question, known| answer(&question, &answers.never, &known);
    let known = answers.known(None);
    assert_eq!(judge(last(Some(known.newest)), known), Ok(Right::Never));
    wrong(judge(last(None), known), "without a last ledger");
    wrong(judge(last(Some(known.newest + 1)), known), "it could be");
    let ledger = Ledger { index: 5, at: Instant::now(), paid: Vec::new() };
    wrong(judge(last(Some(known.newest)), answers.known(Some(&ledger))), "it could be");
}

#[tokio::test(start_paused = true)]
async fn an_error_must_have_a_reason() {
    let answers = answers().await;
    let known = answers.known(None);
    let asked = question(0, 10);
    assert_eq!(answer(&asked, &answers.failed, &known), Ok(Right::Excused));
    let steady = Some(asked.asked - Duration::from_secs(9));
    wrong(answer(&asked, &answers.failed, &Known { steady, ..known }), "a node was steady");
    let none = TxData::builder().endpoints(["ws://n1.test"]).build().unwrap();
    none.close().await;
    wrong(
        answer(&asked, &none.get_one(TxHash::from_bytes([7; 32]), 0).await, &known),
        "no evidence",
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_must_come_in_time() {
    let answers = answers().await;
    let known = answers.known(Some(&answers.ledger));
    assert_eq!(answer(&question(5, 15), &answers.found, &known), Ok(Right::Found));
    wrong(answer(&question(5, 17), &answers.found, &known), "late");
}

#[tokio::test(start_paused = true)]
async fn a_monitor_must_tell_everything_once_and_in_order() {
    let Answers { ledger, .. } = answers().await;
    let one = ledger.paid[0].clone();
    let other = Paid { hash: TxHash::from_bytes([9; 32]), ..one.clone() };
    let failed = Paid { hash: TxHash::from_bytes([8; 32]), delivered: None, ..one.clone() };
    let ledger = Ledger { paid: vec![one.clone(), failed.clone(), other.clone()], ..ledger };
    let pair = |paid: &Paid| (paid.hash, paid.delivered);
    let judge = |list: &[(TxHash, Option<Amount>)]| told(&[&ledger], list);
    assert_eq!(judge(&[pair(&one), pair(&other)]), Ok(()));
    for list in [
        vec![pair(&one)],
        vec![pair(&other), pair(&one)],
        vec![pair(&one), pair(&other), pair(&other)],
        vec![pair(&one), pair(&failed), pair(&other)],
        vec![pair(&one), (other.hash, None)],
    ] {
        assert!(judge(&list).is_err(), "{list:?}");
    }
}
