//! Recorded transactions of real networks, held against the answers of other libraries.
//!
//! Reads any folder of the corpus' layout: `XRPL_TXDATA_CORPUS`, else `../shared/corpus` beside the
//! crate. `tx/`, `tx_xahau/`: content hashes, delivered amounts, balances, and nothing appears or
//! vanishes; `ledgers/`: whole ledgers, which keep the same laws; `tx_unverified/`: edited ones, for
//! reading; `responses/`: messages as servers sent them. What differs from the other libraries' answers for a good reason is counted as known, under
//! the rule that explains it; anything else fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};
use xrpl_txdata::{
    AccountId, Amount, Around, Asset, BalanceChanges, BoundRecord, Chain, Delivered, Doubt,
    LockedIn, MptId, RecordError, TokenValue, TxHash, TxRecord, UnknownChange,
};

#[test]
fn recorded_transactions_have_the_meaning_that_others_found() {
    let Some(root) = corpus() else {
        println!("skipped: no corpus; set XRPL_TXDATA_CORPUS to its folder");
        return;
    };
    let mut report = Report::default();
    for (folder, chain) in [("tx", Chain::Xrpl), ("tx_xahau", Chain::Xahau)] {
        for path in files(&root.join(folder)) {
            let case = Case::open(&root, &path);
            report.add(folder, &case.kind(), &path, verified(&case, chain));
        }
    }
    for path in files(&root.join("tx_unverified")) {
        let case = Case::open(&root, &path);
        report.add("tx_unverified", &case.kind(), &path, unverified(&case));
    }
    for path in files(&root.join("ledgers")) {
        for verdict in ledger(&fs::read_to_string(&path).unwrap()) {
            report.add("ledgers", "in binary form", &path, verdict);
        }
    }
    let edited = edited(&root);
    for path in files(&root.join("responses")) {
        let text = fs::read_to_string(&path).unwrap();
        let kind = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        for verdict in message(&text, edited.contains(&path)) {
            report.add("responses", &kind, &path, verdict);
        }
    }
    report.close();
}

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("XRPL_TXDATA_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    named.or(Some(beside)).filter(|path| path.is_dir())
}

/// All JSON files below a folder, in order; none when there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json")
            && path.file_name().is_some_and(|name| name != "index.json")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// How one transaction fared.
enum Verdict {
    Exact,
    /// It differs, and this is the rule why.
    Known(&'static str),
    Mismatch(String),
}

/// The first thing that differs, known or not, is the verdict.
type Check = Result<(), Verdict>;

fn mismatch<T>(what: impl Into<String>) -> Result<T, Verdict> {
    Err(Verdict::Mismatch(what.into()))
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { mismatch(what()) }
}

#[derive(Default)]
struct Report {
    /// Exact, known, mismatched; by folder and type.
    counts: BTreeMap<(String, String), [usize; 3]>,
    reasons: BTreeMap<&'static str, usize>,
    mismatches: Vec<String>,
}

impl Report {
    fn add(&mut self, folder: &str, kind: &str, path: &Path, verdict: Verdict) {
        let counts = self.counts.entry((folder.to_owned(), kind.to_owned())).or_default();
        match verdict {
            Verdict::Exact => counts[0] += 1,
            Verdict::Known(reason) => {
                counts[1] += 1;
                *self.reasons.entry(reason).or_default() += 1;
            }
            Verdict::Mismatch(what) => {
                counts[2] += 1;
                self.mismatches.push(format!("{}: {what}", path.display()));
            }
        }
    }

    fn close(self) {
        for ((folder, kind), [exact, known, wrong]) in &self.counts {
            println!("{folder:14} {kind:34} {exact:5} exact {known:4} known {wrong:4} mismatched");
        }
        for (reason, count) in &self.reasons {
            println!("known {count:5}: {reason}");
        }
        for one in &self.mismatches {
            println!("MISMATCH {one}");
        }
        let sum = |at: usize| self.counts.values().map(|counts| counts[at]).sum::<usize>();
        let (exact, known, wrong) = (sum(0), sum(1), sum(2));
        let all = exact + known + wrong;
        println!("corpus: {all} transactions, {exact} exact, {known} known, {wrong} mismatches");
        assert_eq!(wrong, 0, "see the list above");
    }
}

/// One recorded transaction and the answers of others.
struct Case {
    file: Map<String, Value>,
    expected: Map<String, Value>,
}

impl Case {
    fn open(root: &Path, path: &Path) -> Case {
        let object = |path: &Path| match fs::read_to_string(path).map(|t| serde_json::from_str(&t))
        {
            Ok(Ok(Value::Object(object))) => object,
            _ => Map::new(),
        };
        let expected = root.join("expected").join(path.file_name().unwrap_or_default());
        Case { file: object(path), expected: object(&expected) }
    }

    fn kind(&self) -> String {
        self.file["tx"]["TransactionType"].as_str().unwrap_or("?").to_owned()
    }

    fn envelope(&self, name: &str) -> Option<&Value> {
        self.file.get("envelope")?.get(name).filter(|value| !value.is_null())
    }

    /// The transaction as a server would send it.
    fn reply(&self, content: &str, transaction: &Value, meta: &Value) -> String {
        let mut reply = json!({"meta": meta, "validated": true, "hash": self.file["hash"]});
        reply[content] = transaction.clone();
        // Some were recorded without their place.
        let ledger_index = self.file["ledger_index"].as_u64().unwrap_or(0);
        reply["ledger_index"] = ledger_index.into();
        for name in ["date", "ledger_hash", "close_time_iso", "ctid"] {
            if let Some(value) = self.envelope(name) {
                reply[name] = value.clone();
            }
        }
        json!({ "result": reply }).to_string()
    }
}

fn verified(case: &Case, chain: Chain) -> Verdict {
    verify(case, chain).err().unwrap_or(Verdict::Exact)
}

fn verify(case: &Case, chain: Chain) -> Check {
    let Some(hash) = case.file["hash"].as_str().and_then(|hash| hash.parse::<TxHash>().ok()) else {
        return mismatch("a verified transaction without a hash");
    };
    let around = Around { chain, ..Around::default() };
    let read = |text: &str| match TxRecord::read(text, &around) {
        Ok(record) => record.bind(hash).or_else(|error| mismatch(error.to_string())),
        Err(error) => mismatch(error.to_string()),
    };
    let record = read(&case.reply("tx_json", &case.file["tx"], &case.file["meta"]))?;
    let balances = record.balance_changes();
    let checks = [
        binary(case, &record, read),
        complete(case, balances),
        conserved(&record),
        same_balances(case, balances, chain),
        same_tokens(case, balances),
        delivered(case, &record),
    ];
    // What is known about one must not hide what is wrong with another.
    let wrong = |check: &Check| matches!(check, Err(Verdict::Mismatch(_)));
    let (wrong, others): (Vec<Check>, Vec<Check>) = checks.into_iter().partition(wrong);
    wrong.into_iter().chain(others).collect()
}

/// Every change is told, but for tokens of which the reference cannot tell either.
fn complete(case: &Case, balances: &BalanceChanges) -> Check {
    let open = |one: &UnknownChange| matches!(one.asset, Some(Asset::Mpt(_)));
    let reference = case.expected.get("reference_mpt");
    let neither = reference.is_some_and(|tokens| tokens.get("holders").is_none());
    if !balances.is_complete() && neither && balances.unknown().iter().all(open) {
        return Err(Verdict::Known("the reference cannot tell the multi-purpose tokens either"));
    }
    ensure(balances.is_complete(), || format!("unknown changes: {:?}", balances.unknown()))
}

/// The binary form of the same answer means the same.
fn binary(
    case: &Case,
    record: &BoundRecord,
    read: impl Fn(&str) -> Result<BoundRecord, Verdict>,
) -> Check {
    let Some(blob) = case.file.get("tx_blob") else { return Ok(()) };
    let meta = case.file.get("meta_blob").unwrap_or(&case.file["meta"]);
    let binary = read(&case.reply("tx_blob", blob, meta))?;
    ensure(binary.blob() == record.blob(), || "the bytes differ".to_owned())?;
    ensure(binary.transaction() == record.transaction(), || "the contents differ".to_owned())?;
    ensure(binary.balance_changes() == record.balance_changes(), || {
        "balances out of the binary metadata differ".to_owned()
    })?;
    ensure(binary.delivered() == record.delivered(), || {
        format!("binary: delivered {}, JSON: {}", binary.delivered(), record.delivered())
    })
}

/// What accounts gain, others lose; only the fee is burnt.
fn conserved(record: &BoundRecord) -> Check {
    let balances = record.balance_changes();
    let kind = record.transaction()["TransactionType"].as_str().unwrap_or_default();
    let burnt = balances.xrp_total().and_then(|total| total.checked_neg());
    // These bring the native asset of Xahau into being.
    let mints = ["GenesisMint", "Import"].contains(&kind);
    ensure(mints || burnt == Some(record.fee().drops), || {
        format!("burnt {burnt:?} drops, the fee is {:?}", record.fee())
    })?;
    let mut sums: BTreeMap<Asset, Amount> = BTreeMap::new();
    let locked = balances
        .locked()
        .iter()
        .filter(|one| one.is_beside_balances() && matches!(one.delta, Amount::Mpt { .. }));
    for delta in balances.iter().map(|one| one.delta).chain(locked.map(|one| one.delta)) {
        let sum = sums.entry(delta.asset()).or_insert(Amount::zero(delta.asset()));
        match sum.checked_add(&delta) {
            Some(more) => *sum = more,
            None => return mismatch("a sum of changes leaves the range"),
        }
    }
    let vanished = sums.values().find(|sum| sum.asset() != Asset::Xrp && !sum.is_zero());
    ensure(vanished.is_none(), || format!("{vanished:?} came out of nothing"))
}

type Balances = BTreeMap<(String, String, String), TokenValue>;

/// XRP and tokens, by account, currency and counterparty.
fn same_balances(case: &Case, balances: &BalanceChanges, chain: Chain) -> Check {
    let Some(others) = case.expected.get("normalised").or_else(|| {
        // They differ about multi-purpose tokens, or one of them fails; about XRP and tokens the
        // others agree.
        case.expected.get("normalised_by_peer")?.get("xrpl-txdata")
    }) else {
        return Ok(());
    };
    let mut theirs = Balances::new();
    for (account, changes) in others.as_object().into_iter().flatten() {
        for change in changes.as_array().into_iter().flatten() {
            let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
            let Ok(value) = text("value").parse::<TokenValue>() else {
                return mismatch(format!("another library's value {change}"));
            };
            let side = (account.clone(), text("currency"), text("counterparty"));
            add(&mut theirs, side, value);
        }
    }
    let mut ours = Balances::new();
    for change in balances {
        let account = change.account.to_string();
        match change.delta {
            Amount::Xrp(drops) => {
                let xrp = drops.xrp().parse().unwrap_or_default();
                add(&mut ours, (account, chain.native_asset().to_owned(), String::new()), xrp);
            }
            Amount::Token { value, currency, .. } => {
                let other = change.counterparty.map(|other| other.to_string()).unwrap_or_default();
                add(&mut ours, (account, currency.to_string(), other), value);
            }
            Amount::Mpt { .. } => {}
        }
    }
    theirs.retain(|_, value| !value.is_zero());
    ours.retain(|_, value| !value.is_zero());
    ensure(ours == theirs, || {
        let only = |one: &Balances, other: &Balances| {
            let differs = |side: &&(String, String, String)| one.get(*side) != other.get(*side);
            one.keys().filter(differs).map(|s| format!("{s:?} {:?}", one[s])).collect::<Vec<_>>()
        };
        format!("balances: ours {:?}, theirs {:?}", only(&ours, &theirs), only(&theirs, &ours))
    })
}

fn add(balances: &mut Balances, side: (String, String, String), value: TokenValue) {
    let sum = balances.entry(side).or_default();
    *sum = sum.checked_add(value).unwrap_or(*sum);
}

/// Multi-purpose tokens, of which the corpus has a reference of its own.
fn same_tokens(case: &Case, balances: &BalanceChanges) -> Check {
    let Some(reference) = case.expected.get("reference_mpt") else { return Ok(()) };
    let Some(holders) = reference.get("holders").and_then(Value::as_array) else {
        return Err(Verdict::Known("the reference cannot tell the multi-purpose tokens either"));
    };
    let mut theirs: BTreeMap<(AccountId, MptId, bool), i64> = BTreeMap::new();
    for holder in holders {
        let text = |name: &str| holder[name].as_str().unwrap_or_default().to_owned();
        let (Ok(account), Ok(id)) = (text("account").parse(), text("mpt_issuance_id").parse())
        else {
            return mismatch(format!("the reference's holder {holder}"));
        };
        theirs.insert((account, id, false), text("spendable").parse().unwrap_or_default());
        theirs.insert((account, id, true), text("locked").parse().unwrap_or_default());
    }
    let mut ours: BTreeMap<(AccountId, MptId, bool), i64> = BTreeMap::new();
    for change in balances.iter().filter(|change| !change.is_issuer()) {
        if let Amount::Mpt { value, id } = change.delta {
            ours.insert((change.account, id, false), value);
        }
    }
    for change in balances.locked().iter().filter(|one| one.place == LockedIn::LockedTokens) {
        if let (Amount::Mpt { value, id }, Some(owner)) = (change.delta, change.owner) {
            ours.insert((owner, id, true), value);
        }
    }
    theirs.retain(|_, value| *value != 0);
    ensure(ours == theirs, || format!("multi-purpose tokens: ours {ours:?}, theirs {theirs:?}"))
}

/// What the server wrote when it was asked, or what it would write by its own rule.
fn delivered(case: &Case, record: &BoundRecord) -> Check {
    let delivered = record.delivered();
    let kind = record.transaction()["TransactionType"].as_str().unwrap_or_default();
    if !["Payment", "CheckCash", "AccountDelete"].contains(&kind) {
        return ensure(
            matches!(delivered, Delivered::NotAPayment | Delivered::Confidential),
            || format!("{kind} delivered {delivered}"),
        );
    }
    if !record.result().is_success() {
        return ensure(*delivered == Delivered::Nothing, || format!("failed, yet {delivered}"));
    }
    let expected = ["delivered_amount", "delivered_by_rule"];
    let Some(expected) = expected.iter().find_map(|name| case.expected.get(*name)) else {
        return Ok(());
    };
    if expected == "unavailable" {
        return ensure(*delivered == Delivered::Unavailable, || {
            format!("delivered {delivered}, expected to be unavailable")
        });
    }
    let expected = match Amount::from_json(expected) {
        Ok(expected) => expected,
        // A remark of whoever made the corpus.
        Err(_) => return Err(Verdict::Known("the reference leaves open what was delivered")),
    };
    match delivered {
        Delivered::Exact(amount) if *amount == expected => Ok(()),
        Delivered::Doubtful { claimed, .. } if *claimed == Some(expected) => believed(record),
        other => mismatch(format!("delivered {other}, expected {expected}")),
    }
}

/// A ledger's transactions, of which nobody said what they mean: they keep the laws all the same.
fn ledger(text: &str) -> Vec<Verdict> {
    let Ok(Value::Object(mut ledger)) = serde_json::from_str(text) else { return Vec::new() };
    let entry = |entry: &Value| {
        let [blob, meta] = [&entry["tx_blob"], &entry["meta_blob"]];
        let parts = blob.is_string() && meta.is_string();
        parts.then(|| json!({"tx_blob": blob, "meta": meta, "hash": entry["hash"]}))
    };
    let entries = ledger
        .get("transactions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(entry);
    let entries: Vec<Value> = entries.collect();
    ledger.insert("transactions".to_owned(), entries.into());
    let message = json!({"result": {"ledger": ledger, "validated": true}}).to_string();
    let lawful = |record: TxRecord| {
        let record = record.bind_to_claim().or_else(|error| mismatch(error.to_string()))?;
        let balances = record.balance_changes();
        ensure(balances.is_complete(), || format!("unknown changes: {:?}", balances.unknown()))?;
        conserved(&record)?;
        believed(&record)
    };
    let records = TxRecord::read_all(&message).into_iter().flatten();
    records
        .map(|record| match record {
            Ok(record) => lawful(record).err().unwrap_or(Verdict::Exact),
            Err(error) => Verdict::Mismatch(error.to_string()),
        })
        .collect()
}

/// What a real payment delivered is never doubtful, but where balances are too large to show it.
fn believed(record: &BoundRecord) -> Check {
    match record.delivered() {
        Delivered::Doubtful { observed: Some(observed), why: Doubt::NotInBalance, .. }
            if observed.is_zero() && matches!(observed, Amount::Token { .. }) =>
        {
            Err(Verdict::Known("delivered, but rounded away in a balance that is too large for it"))
        }
        doubtful @ Delivered::Doubtful { .. } => mismatch(format!("delivered {doubtful}")),
        _ => Ok(()),
    }
}

/// Edited ones: everything is read without trouble. Where they were edited apart, they are what they
/// are.
fn unverified(case: &Case) -> Verdict {
    let (transaction, meta) = (&case.file["tx"], &case.file["meta"]);
    let text = case.reply("tx_json", transaction, meta);
    let record = TxRecord::read(&text, &Around::default());
    if let Err(error @ (RecordError::NotJson(_) | RecordError::NotValidated)) = record {
        return Verdict::Mismatch(error.to_string());
    }
    let (Ok(balances), Ok(_)) = (
        BalanceChanges::from_metadata(meta),
        Delivered::from_json(transaction, meta, 90_000_000, None),
    ) else {
        return Verdict::Known("edited: its metadata has no list of touched entries");
    };
    let chain = if case.file["network"] == "xahau" { Chain::Xahau } else { Chain::Xrpl };
    match same_balances(case, &balances, chain) {
        _ if !balances.is_complete() => Verdict::Known("edited: its balances cannot all be told"),
        Err(_) => Verdict::Known("edited: others read its balances otherwise"),
        Ok(()) => Verdict::Exact,
    }
}

/// Each transaction of a recorded message: a record, or the reason why it is none.
fn message(text: &str, edited: bool) -> Vec<Verdict> {
    let records = match TxRecord::read_all(text) {
        Ok(records) => records,
        Err(error) => return vec![Verdict::Mismatch(error.to_string())],
    };
    let verdicts = records.into_iter().map(|record| match record {
        Ok(record) => match record.bind_to_claim() {
            Ok(_) => Verdict::Exact,
            // Address and amounts were replaced in many examples.
            Err(_) => Verdict::Known("edited: the content does not hash to the recorded hash"),
        },
        Err(RecordError::NotValidated) => Verdict::Known("the node does not call it validated"),
        Err(RecordError::NoMetadata) => Verdict::Known("recorded without metadata"),
        Err(RecordError::NoLedgerIndex) => Verdict::Known("recorded without a ledger index"),
        Err(RecordError::UnknownField(_)) => Verdict::Known("a name of another network"),
        Err(RecordError::BadValue { .. }) => Verdict::Known("edited: a value that no ledger holds"),
        Err(RecordError::Contradiction { .. }) if edited => {
            Verdict::Known("edited: it tells one thing in two ways")
        }
        Err(RecordError::NoTransaction) if !text.contains("TransactionType") => {
            Verdict::Known("it names no type of transaction")
        }
        Err(error) => Verdict::Mismatch(error.to_string()),
    });
    verdicts.collect()
}

/// Messages that were cut out of documents and test suites, by their names in `responses/index.json`.
fn edited(root: &Path) -> BTreeSet<PathBuf> {
    let folder = root.join("responses");
    let index = fs::read_to_string(folder.join("index.json")).unwrap_or_default();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap_or_default();
    let edited = index.iter().filter(|entry| entry["origin"] != "recorded file");
    edited.filter_map(|entry| entry["file"].as_str()).map(|file| folder.join(file)).collect()
}
