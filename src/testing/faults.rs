//! Everything a node can do wrong, by name, and when it does so.

use std::time::Duration;

/// What a node does wrong. Set it with [`Node::set_faults`](super::Node::set_faults).
///
/// Each fault has its *occasions*: a new connection, a request, a closed ledger. It strikes at every
/// one, or as [`times`](Fault::times) and [`after`](Fault::after) say. Faults of replies strike the
/// requests for data (`tx`, `transaction_entry`, `ledger`, `account_tx`), or the command that
/// [`on`](Fault::on) names; `server_info` and `subscribe` are answered well otherwise.
///
/// ```
/// use xrpl_txdata::testing::{Fault, Network};
///
/// let network = Network::new(1);
/// let node = network.node("n1.test");
/// // Dead; then only its first two answers bad; then blind in its streams from the third ledger on.
/// node.set_faults([Fault::Refused]);
/// node.set_faults([Fault::NotJson.times(2)]);
/// node.set_faults([Fault::StopsSilently.after(2)]);
/// node.heal();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    // Occasion: a connection.
    /// Its name does not resolve.
    NameNotFound,
    /// It refuses the connection.
    Refused,
    /// Its address swallows the packets: a connection neither succeeds nor fails.
    NeverConnects,
    /// A connection to it takes this long.
    SlowToConnect(Duration),
    /// Its TLS certificate is good, but for another name.
    CertificateName,
    /// Its TLS certificate comes from an authority that nobody knows.
    CertificateRoot,
    /// It accepts the connection and never says anything.
    NoHandshake,
    /// It answers the WebSocket handshake, and every request over HTTP, with this HTTP status and a page
    /// of HTML: 403, 429, 503.
    HttpStatus(u16),
    /// It switches protocols with an accept key that does not belong to the request's.
    WrongAcceptKey,
    /// It begins to answer the handshake, or the first request over HTTP, and the headers never end.
    EndlessHandshake,

    // Occasion: a request.
    /// It neither reads nor writes any more, and does not answer pings either. Open connections fall
    /// silent at once, new ones after the handshake. Has no occasions: it lasts until healed.
    Silent,
    /// It gives no answer.
    NoReply,
    /// Its answer comes this much later.
    Slow(Duration),
    /// It closes the connection without a word instead of answering.
    ClosesMidRequest,
    /// It closes the connection in the middle of the answer's frame.
    ClosesMidFrame,
    /// It sends a close frame with this code instead of answering: 1001, 1008. Over HTTP, which has no
    /// such frames, it closes the connection.
    Closes(u16),
    /// It resets the connection instead of answering.
    Resets,
    /// Its answer is text, but not JSON.
    NotJson,
    /// Its answer is JSON, but an array.
    NotObject,
    /// Its answer has an id that nobody used.
    UnknownId,
    /// It answers twice.
    DoubledReply,
    /// Its answer has no id.
    NoId,
    /// It answers with the frame for requests it cannot read: `type` is `error`, no id. Over HTTP that
    /// is the status 400 and a line of text.
    ErrorFrame,
    /// Its answer is right, but in a binary frame. Over HTTP there is no such thing.
    BinaryFrame,
    /// Its answer is right, in many small fragments; over HTTP in many small chunks.
    Fragmented,
    /// Its answer is right, and padded to this many bytes.
    Oversized(usize),
    /// Its answer holds arrays nested this deep.
    DeepNesting(usize),
    /// Its answer has one string of this many bytes.
    HugeString(usize),
    /// Its answer is right, with members nobody has heard of on every level.
    UnknownFields,
    /// This many stream messages that nobody asked for come before its answer; not over HTTP.
    Flood(usize),
    /// Its answer is right, and warns that it will soon send the client away.
    Loaded,
    /// Over HTTP: the status 429, and the header `Retry-After` with so many seconds.
    RateLimited(u32),
    /// Over HTTP: the status 503 and a line of text, as rippled says that it has too much to do.
    Overloaded,
    /// Over HTTP: it sends the client to another address.
    Redirects,
    /// Over HTTP: a page of HTML with the status 200, as proxies and login pages send it.
    Html,
    /// Over HTTP: its answer is right, and called HTML.
    WrongContentType,
    /// Over HTTP: a byte of its answer comes each time so much later.
    Dribbles(Duration),
    /// Over HTTP: its header claims so many bytes more, or fewer, than there are.
    ClaimsLength(i32),
    /// Over HTTP: it closes the connection after its answer, without having said so.
    ClosesAfterReply,
    /// It answers with this error token, for example `slowDown`.
    Error(&'static str),
    /// It says `validated: false` of what is validated.
    Unvalidated,
    /// It leaves out `validated`.
    NoValidatedFlag,
    /// It says `validated: "true"`, which is a text.
    ValidatedText,
    /// It gives another transaction than the one asked for, under its own hash.
    OtherTransaction,
    /// It gives another transaction's content under the hash asked for.
    OtherContent,
    /// It gives the transaction asked for with one signed field altered.
    AlteredContent,
    /// It gives the transaction asked for with metadata that delivers ten times as much, or turns a
    /// failure into a success.
    AlteredMetadata,
    /// It says that the transaction asked for stands so many ledgers before its own.
    EarlierLedger(u32),
    /// It finds signed transactions that no ledger will ever hold: validated in its newest ledger, with
    /// metadata as if they had been applied. [On](Fault::on) `stream`, it puts one of them into the
    /// ledger, and counts it.
    Invents,
    /// It does the same with transactions that no ledger holds yet.
    ValidatesOpenLedger,
    /// Asked for a place by its CTID it gives the transaction that stands beside it, and says that it
    /// stands there.
    OtherPlace,
    /// It leaves out the metadata.
    NoMetadata,
    /// Its binary ledgers have the header of the ledger before.
    OtherHeader,
    /// It does not find what is there; its ledgers lack their last transaction.
    Forgets,
    /// What it finds and lists is as old as so many ledgers; of itself it says that it is up to date.
    OldState(u32),
    /// Its pages of `account_tx` have at most so many transactions, and a marker for the rest.
    ShortPages(usize),
    /// Its page of `account_tx` has a marker, but no transactions: they come on the next page.
    EmptyPage,
    /// Its pages of `account_tx` leave out the first transaction after a marker.
    SkipsAtMarker,
    /// It does not know the markers that it gave.
    LosesMarkers,
    /// Its `account_tx` leaves out what is in the ledger with this index.
    UnlistedLedger(u32),
    /// Its `account_tx` searches so many ledgers less than it was asked for, and says so.
    NarrowRange(u32),
    /// Transactions that no ledger holds yet are answered with `validated: false`, like rippled does
    /// for those in its open ledger.
    ShowsOpenLedger,
    /// A ledger that closed less than this ago is not there yet, like on another machine of a
    /// cluster.
    NotYetThere(Duration),
    /// It knows only version 1 of the API.
    OnlyApi1,
    /// It belongs to the network with this id, it says.
    WrongNetwork(u32),
    /// Its newest validated ledger is ten minutes old, it says.
    Stale,
    /// It is this many ledgers behind the others.
    Behind(u32),
    /// It does not understand the network's rules any more.
    AmendmentBlocked,
    /// It holds only this many of the newest ledgers.
    PartialHistory(u32),
    /// It lacks the ledger with this index.
    HoleInHistory(u32),
    /// It tells of another chain: every transaction of its ledgers has altered metadata, and all trees
    /// and headers are hashed anew, so that each ledger fits to the next. Only what validators signed
    /// shows it.
    ForgedChain,
    /// It is `tracking` the network, not in sync with it.
    NotSynced,
    /// It has no validated ledger at all.
    NoValidatedLedger,

    // Occasion: a closed ledger.
    /// Its streams say nothing of the ledger.
    SkipsLedger,
    /// Its streams leave out one transaction of the ledger.
    SkipsTransaction,
    /// Its streams send nothing to those who subscribed to accounts.
    ForgetsAccounts,
    /// Its streams send each message twice.
    DuplicatesMessages,
    /// Its streams send the messages of the ledger in any order.
    ReordersMessages,
    /// `ledgerClosed` comes after the ledger's transactions.
    ClosedAfterTransactions,
    /// `ledgerClosed` comes, the ledger's transactions do not.
    ClosedWithoutTransactions,
    /// The ledger's transactions come, `ledgerClosed` does not.
    TransactionsWithoutClosed,
    /// Its streams announce a ledger that is this many ahead of the truth.
    JumpsAhead(u32),
    /// Its streams announce again the ledger that was this many before.
    FallsBack(u32),
    /// Its streams announce the ledger twice, with two hashes.
    TwoHashes,
    /// Its streams send a transaction of another network.
    ForeignTransaction,
    /// Its streams send nothing any more, while requests are answered.
    StopsSilently,
    /// It keeps to itself what validators signed about the ledger.
    HidesValidations,
    /// It sends what validators signed about the ledger before in the place of what they signed
    /// about this one.
    ReplaysValidations,
    /// It sends only validations of validators that were not in step with the network.
    PartialValidations,
    /// It sends the validations of one validator less than a quorum, and makes up the number with
    /// those of strangers.
    MinoritySignatures,
    /// It sends validations whose signatures are false.
    ForgesSignatures,
    /// It also sends validations in which so many of the validators signed another ledger of the same
    /// index.
    VotesTwice(usize),
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    Connection,
    /// A request for data, or the command that `on` names.
    Reply,
    /// Any request.
    Request,
    Ledger,
    Always,
}

impl Fault {
    /// Strikes so many times, and never again.
    pub fn times(self, occasions: u32) -> Scripted {
        Scripted::from(self).times(occasions)
    }

    /// Spares so many occasions first.
    pub fn after(self, occasions: u32) -> Scripted {
        Scripted::from(self).after(occasions)
    }

    /// Strikes this command instead of the requests for data; `stream` means the messages of
    /// subscriptions.
    pub fn on(self, command: &'static str) -> Scripted {
        Scripted::from(self).on(command)
    }

    pub(super) fn occasion(self) -> Occasion {
        use Fault::*;
        match self {
            NameNotFound | Refused | NeverConnects | SlowToConnect(_) | CertificateName
            | CertificateRoot | NoHandshake | HttpStatus(_) | WrongAcceptKey | EndlessHandshake => {
                Occasion::Connection
            }
            Silent => Occasion::Always,
            ShowsOpenLedger | NotYetThere(_) | OnlyApi1 | WrongNetwork(_) | Stale | Behind(_)
            | AmendmentBlocked | PartialHistory(_) | HoleInHistory(_) | ForgedChain | NotSynced
            | NoValidatedLedger => Occasion::Request,
            SkipsLedger
            | SkipsTransaction
            | ForgetsAccounts
            | DuplicatesMessages
            | ReordersMessages
            | ClosedAfterTransactions
            | ClosedWithoutTransactions
            | TransactionsWithoutClosed
            | JumpsAhead(_)
            | FallsBack(_)
            | TwoHashes
            | ForeignTransaction
            | StopsSilently
            | HidesValidations
            | ReplaysValidations
            | PartialValidations
            | MinoritySignatures
            | ForgesSignatures
            | VotesTwice(_) => Occasion::Ledger,
            _ => Occasion::Reply,
        }
    }
}

/// A fault and the occasions at which it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scripted {
    pub(super) fault: Fault,
    pub(super) command: Option<&'static str>,
    pub(super) spares: u32,
    pub(super) left: Option<u32>,
}

impl From<Fault> for Scripted {
    fn from(fault: Fault) -> Scripted {
        Scripted { fault, command: None, spares: 0, left: None }
    }
}

impl Scripted {
    /// Strikes so many times, and never again.
    pub fn times(self, occasions: u32) -> Scripted {
        Scripted { left: Some(occasions), ..self }
    }

    /// Spares so many occasions first.
    pub fn after(self, occasions: u32) -> Scripted {
        Scripted { spares: occasions, ..self }
    }

    /// Strikes this command instead of the requests for data; `stream` means the messages of
    /// subscriptions.
    pub fn on(self, command: &'static str) -> Scripted {
        Scripted { command: Some(command), ..self }
    }

    /// One more occasion: whether it strikes.
    fn strikes(&mut self) -> bool {
        match (self.spares, &mut self.left) {
            (0, None) => true,
            (0, Some(0)) => false,
            (0, Some(left)) => {
                *left -= 1;
                true
            }
            (spares, _) => {
                self.spares = spares - 1;
                false
            }
        }
    }
}

/// The faults of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Script(pub(super) Vec<Scripted>);

/// The faults that strike at one occasion.
#[derive(Clone, Debug, Default)]
pub(super) struct Strikes(Vec<Fault>);

impl Script {
    /// Whether the node is silent now.
    pub(super) fn is_silent(&self) -> bool {
        self.0.iter().any(|scripted| scripted.fault == Fault::Silent)
    }

    /// How many ledgers the node is behind now.
    pub(super) fn behind(&self) -> u32 {
        let active = |scripted: &&Scripted| scripted.spares == 0 && scripted.left != Some(0);
        let behind = self.0.iter().filter(active).filter_map(|scripted| match scripted.fault {
            Fault::Behind(ledgers) => Some(ledgers),
            _ => None,
        });
        behind.max().unwrap_or(0)
    }

    pub(super) fn on_connection(&mut self) -> Strikes {
        self.strike(|scripted| scripted.fault.occasion() == Occasion::Connection)
    }

    pub(super) fn on_request(&mut self, command: &str) -> Strikes {
        let asks_for_data = matches!(command, "tx" | "transaction_entry" | "ledger" | "account_tx");
        self.strike(|scripted| match (scripted.command, scripted.fault.occasion()) {
            (Some(named), Occasion::Reply | Occasion::Request) => named == command,
            (None, Occasion::Reply) => asks_for_data,
            (None, Occasion::Request) => true,
            _ => false,
        })
    }

    pub(super) fn on_ledger(&mut self) -> Strikes {
        self.strike(|scripted| match scripted.fault.occasion() {
            Occasion::Ledger => true,
            Occasion::Reply => scripted.command == Some("stream"),
            _ => false,
        })
    }

    fn strike(&mut self, concerned: impl Fn(&Scripted) -> bool) -> Strikes {
        let concerned = self.0.iter_mut().filter(|scripted| concerned(scripted));
        Strikes(concerned.filter_map(|s| s.strikes().then_some(s.fault)).collect())
    }
}

impl From<Fault> for Strikes {
    fn from(fault: Fault) -> Strikes {
        Strikes(vec![fault])
    }
}

impl Strikes {
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// What the first fault that `pick` accepts carries.
    pub(super) fn find<T>(&self, pick: impl Fn(Fault) -> Option<T>) -> Option<T> {
        self.0.iter().copied().find_map(pick)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Fault> + '_ {
        self.0.iter().copied()
    }
}
