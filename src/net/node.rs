//! Steps 3 to 5 of the trip: one endpoint, its connection when there is one, and what is known of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::time::Instant;
use tracing::debug;

use super::{
    link::{self, AccountSet, End, Lease, Link, Listener, Sent, Topics, newest},
    open::{Opener, closed},
    pool::Tasks,
};
use crate::{
    config::{Endpoint, Transport},
    error::{Failure, ServerError, Step},
    machine::backoff::{Health, Readiness, RestKind},
    wire::{
        answer::Answer,
        request::{ApiVersion, Request, Streams},
        server_error::{Treatment, treatment, unreadable},
        server_info::ServerInfo,
    },
};

/// How long a node's word about itself is used for further lookups. Shorter than a ledger.
const INFO_AGE: Duration = Duration::from_secs(2);

type Asked = Result<Arc<ServerInfo>, Failure>;

/// One endpoint. Cheap to clone; all clones share its connection.
#[derive(Clone, Debug)]
pub(crate) struct Node(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    opener: Arc<Opener>,
    opening_limit: Duration,
    tasks: Tasks,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    link: Option<Arc<Link>>,
    /// Keeps an open connection for the next lookup; none while it opens, so that an opening that
    /// nobody waits for ends.
    kept: Option<Lease>,
    health: Health,
    version: ApiVersion,
    info: Option<Known>,
    /// How often it was asked about itself.
    infos: u64,
    /// Weak: when the last lookup that waits for it is gone, so is the request. With its number.
    asking_info: Option<(u64, WeakShared<BoxFuture<'static, Asked>>)>,
    /// No connection is made any more.
    closed: bool,
}

/// What a node has said about itself.
#[derive(Clone, Debug)]
struct Known {
    /// The number of the request that it answered.
    number: u64,
    told: Instant,
    info: Arc<ServerInfo>,
}

impl Node {
    pub(crate) fn new(
        endpoint: Endpoint,
        opener: Arc<Opener>,
        opening_limit: Duration,
        seed: u64,
        tasks: Tasks,
    ) -> Node {
        let state = State {
            link: None,
            kept: None,
            health: Health::new(seed),
            version: ApiVersion::V2,
            info: None,
            infos: 0,
            asking_info: None,
            closed: false,
        };
        Node(Arc::new(Inner { endpoint, opener, opening_limit, tasks, state: Mutex::new(state) }))
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    pub(crate) fn readiness(&self) -> Readiness {
        self.lock().health.readiness(Instant::now().into_std())
    }

    /// Whether others are to be asked before it, for it has too much to do.
    pub(crate) fn is_spared(&self) -> bool {
        self.lock().health.is_spared(Instant::now().into_std())
    }

    /// Sends a request, dialling first when there is no connection. The text leaves with the first
    /// poll of the connection's task, so that several requests made in a row leave in one flight.
    pub(crate) fn send(&self, request: &Request) -> Result<Sent, Failure> {
        let (link, lease, version) = self.link()?;
        link.send(lease, |id| match self.0.endpoint.transport() {
            Transport::WebSocket => request.to_text(id, version),
            Transport::Http => request.to_rpc(id, version),
        })
    }

    /// Whether it speaks by itself. One that does not is asked for its newest ledger again and again
    /// while somebody listens, and tells nothing else.
    pub(crate) fn speaks(&self) -> bool {
        self.0.endpoint.transport() == Transport::WebSocket
    }

    /// The answer.
    pub(crate) async fn request(&self, request: &Request) -> Result<Answer, Failure> {
        let sent = self.send(request)?;
        self.answer(sent, request).await
    }

    /// The answer to what was sent. A request that was lost with a connection that had been
    /// open before is sent once more: such a connection may have died while nobody used it.
    async fn answer(&self, sent: Sent, request: &Request) -> Result<Answer, Failure> {
        let reused = sent.is_on_reused_connection();
        let answer =
            match sent.await {
                Err(
                    Failure::Closed { code: None | Some(1000 | 1001), .. } | Failure::Broken(_),
                ) if reused => self.send(request)?.await?,
                answer => answer?,
            };
        if answer.warnings().load {
            self.lock().health.warned(Instant::now().into_std());
        }
        Ok(answer)
    }

    /// What the node says about itself, at most [`INFO_AGE`] old, with the moment from which on it is
    /// true. Lookups that need it at the same time share one request.
    pub(crate) fn server_info(
        &self,
    ) -> impl Future<Output = Result<(Instant, Arc<ServerInfo>), Failure>> + Send + use<> {
        let node = self.clone();
        // Asked for before the future is first polled: the request joins the flight of others.
        let asked = {
            let state = node.lock();
            match &state.info {
                Some(known) if known.told.elapsed() < INFO_AGE => {
                    Ok((known.told, known.info.clone()))
                }
                _ => Err(state.info_under_way().map(|(_, asked)| asked)),
            }
        };
        let asked = asked.map_err(|shared| shared.unwrap_or_else(|| node.ask_info()));
        async move {
            match asked {
                Ok(known) => Ok(known),
                Err(asked) => asked.await.map(|info| (Instant::now(), info)),
            }
        }
    }

    /// What the node says about itself when it is asked after this moment. Of those who need it at the same
    /// time one asks for all.
    pub(crate) async fn server_info_from_now(&self) -> Result<Arc<ServerInfo>, Failure> {
        let before = self.lock().infos;
        loop {
            let under_way = {
                let state = self.lock();
                if let Some(known) = state.info.as_ref().filter(|known| known.number > before) {
                    return Ok(known.info.clone());
                }
                state.info_under_way()
            };
            match under_way {
                Some((number, asked)) => {
                    let told = asked.await;
                    if number > before {
                        return told;
                    }
                }
                None => return self.ask_info().await,
            }
        }
    }

    fn ask_info(&self) -> Shared<BoxFuture<'static, Asked>> {
        let number = {
            let mut state = self.lock();
            state.infos += 1;
            state.infos
        };
        let sent = self.send(&Request::ServerInfo);
        let node = self.clone();
        let asked = async move {
            let mut answer = node.answer(sent?, &Request::ServerInfo).await?;
            let mut repeated = false;
            loop {
                let error = match answer.result() {
                    Ok(result) => {
                        let info = ServerInfo::read(result, answer.warnings())
                            .ok_or_else(|| unreadable(result))?;
                        return Ok(node.told(number, info));
                    }
                    Err(error) => error,
                };
                if repeated || !node.falls_back(error) {
                    return Err(node.refused(error));
                }
                repeated = true;
                answer = node.request(&Request::ServerInfo).await?;
            }
        }
        .boxed()
        .shared();
        self.lock().asking_info = asked.downgrade().map(|asked| (number, asked));
        asked
    }

    fn told(&self, number: u64, info: ServerInfo) -> Arc<ServerInfo> {
        let info = Arc::new(info);
        let mut state = self.lock();
        state.info = Some(Known { number, told: Instant::now(), info: info.clone() });
        // An answer that is read after its connection broke does not mend it.
        if state.link.as_ref().is_some_and(|link| link.is_open()) {
            state.health.succeeded();
        }
        info
    }

    /// Subscribes: hears all messages from before the request on, and the answer to it, which tells the
    /// newest ledger. `accounts` are those that will be subscribed behind it; at the end all is
    /// unsubscribed that nobody else needs.
    pub(crate) async fn subscribe(
        &self,
        streams: Streams,
        accounts: AccountSet,
    ) -> Result<(Listener, Answer), Failure> {
        let (link, lease, version) = self.link()?;
        let topics = Topics::Ledgers { streams, accounts };
        if !self.speaks() {
            let listener = link.listen(lease.clone(), topics, None);
            let answer = link.send(lease, newest)?.await?;
            return Ok((listener, answer));
        }
        let listener = link.listen(lease.clone(), topics, Some(version));
        let request = Request::Subscribe(streams);
        let answer = link.send(lease, |id| request.to_text(id, version))?.await?;
        Ok((listener, answer))
    }

    /// The same for what validators sign; only of a node that [speaks](Node::speaks).
    #[cfg(feature = "proof")]
    pub(crate) async fn hear_validators(&self) -> Result<Listener, Failure> {
        let (link, lease, version) = self.link()?;
        let listener = link.listen(lease.clone(), Topics::Validations, Some(version));
        let request = Request::Validations { begin: true };
        let answer = link.send(lease, |id| request.to_text(id, version))?.await?;
        match answer.result() {
            Ok(_) => Ok(listener),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// A server that does not know API version 2 is asked with version 1 from now on; whether it is one.
    pub(crate) fn falls_back(&self, error: &ServerError) -> bool {
        let old = treatment(error) == Treatment::OlderVersion;
        if old {
            self.lock().version = ApiVersion::V1;
        }
        old
    }

    /// Takes an error answer to heart: how long the node is left alone. Gives it as a failure.
    pub(crate) fn refused(&self, error: &ServerError) -> Failure {
        let failure = Failure::Server(error.clone());
        if let Some(kind) = rest_asked_for(error) {
            self.rest(kind, failure.clone());
        }
        failure
    }

    /// It kept a lookup waiting in vain: others are asked before it for a while.
    pub(crate) fn was_silent(&self) {
        self.rest(RestKind::Reconnect, self.no_answer());
    }

    /// What it said was false: it is left alone for long.
    pub(crate) fn distrust(&self, cause: Failure) {
        self.rest(RestKind::Quarantine, cause);
    }

    /// The step at which the connection hangs, while it is not open.
    pub(crate) fn opening_step(&self) -> Option<Step> {
        self.lock().link.as_ref().and_then(|link| link.opening_step())
    }

    /// Nothing came in time: what did come instead.
    pub(crate) fn no_answer(&self) -> Failure {
        let unreadable = self.lock().link.as_ref().map_or(0, |link| link.unreadable());
        Failure::NoAnswer { unreadable }
    }

    /// How much its connection holds.
    #[cfg(feature = "testing")]
    pub(crate) fn held(&self) -> Vec<crate::config::Held> {
        let message_bytes = self.0.opener.limits.message_bytes;
        let link = self.lock().link.clone();
        link.iter().flat_map(|link| link.held(message_bytes)).collect()
    }

    /// Ends the connection, whoever uses it, and makes no other one.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.kept = None;
        state.asking_info = None;
        if let Some(link) = &state.link {
            link.close();
        }
    }

    /// Gives up on a connection that lives but does not deliver; the next request opens another one.
    pub(crate) fn renew(&self) {
        let mut state = self.lock();
        state.link = None;
        state.kept = None;
        state.asking_info = None;
        state.info = None;
    }

    /// The connection, a fresh one if there is none.
    fn link(&self) -> Result<(Arc<Link>, Lease, ApiVersion), Failure> {
        let mut state = self.lock();
        if state.closed {
            return Err(closed(None));
        }
        let version = state.version;
        let open = state.link.as_ref().and_then(|link| Some((link.clone(), link.lease()?)));
        if let Some((link, lease)) = open {
            return Ok((link, lease, version));
        }
        let (link, ends, lease) = Link::new(&self.0.opener);
        state.link = Some(link.clone());
        state.kept = None;
        let weak = Arc::downgrade(&self.0);
        let opened = {
            let (weak, link) = (weak.clone(), link.clone());
            move |lease: Option<Lease>| {
                let Some(node) = weak.upgrade().map(Node) else { return };
                let mut state = node.lock();
                if state.link.as_ref().is_some_and(|current| Arc::ptr_eq(current, &link)) {
                    state.kept = lease;
                }
            }
        };
        let task = link::run(
            link.clone(),
            ends,
            self.0.opener.clone(),
            self.0.endpoint.clone(),
            self.0.opening_limit,
            opened,
        );
        let (endpoint, mine) = (self.0.endpoint.clone(), link.clone());
        let served = async move {
            let end = task.await.without_keys(&endpoint);
            debug!(%endpoint, ?end, "connection ended");
            if let Some(inner) = weak.upgrade() {
                Node(inner).ended(&mine, end);
            }
        };
        let lost = link.clone();
        self.0.tasks.spawn(served, move || lost.lose());
        Ok((link, lease, version))
    }

    fn ended(&self, link: &Arc<Link>, end: End) {
        {
            let mut state = self.lock();
            if state.link.as_ref().is_some_and(|current| Arc::ptr_eq(current, link)) {
                // The link itself stays: whoever still waits reads from it why it ended.
                state.kept = None;
            }
        }
        match end {
            End::Unneeded => {}
            End::NotOpened(failure) | End::Lost(failure) => {
                self.rest(rest_after(&failure), failure);
            }
        }
    }

    fn rest(&self, kind: RestKind, cause: Failure) {
        let mut state = self.lock();
        state.info = None;
        state.health.failed(kind, cause, Instant::now().into_std());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The request about itself that is not answered yet, with its number.
    fn info_under_way(&self) -> Option<(u64, Shared<BoxFuture<'static, Asked>>)> {
        let (number, asked) = self.asking_info.as_ref()?;
        let asked = asked.upgrade().filter(|asked| asked.peek().is_none())?;
        Some((*number, asked))
    }
}

/// The rest that an error answer stands for, if it does.
fn rest_asked_for(error: &ServerError) -> Option<RestKind> {
    match treatment(error) {
        Treatment::SlowDown => Some(RestKind::SlowDown),
        Treatment::Quarantine => Some(RestKind::Quarantine),
        Treatment::Next if is_busy(error) => Some(RestKind::Busy),
        _ => None,
    }
}

fn is_busy(error: &ServerError) -> bool {
    matches!(
        error.token.as_str(),
        "tooBusy" | "notReady" | "noNetwork" | "noCurrent" | "noClosed" | "notSynced"
    )
}

fn rest_after(failure: &Failure) -> RestKind {
    match failure {
        Failure::Closed { code: Some(1008), .. } | Failure::UpgradeStatus { status: 429 | 503 } => {
            RestKind::SlowDown
        }
        Failure::HttpStatus { status: 429 | 503, retry_after, .. } => {
            retry_after.map_or(RestKind::SlowDown, RestKind::Asked)
        }
        Failure::UpgradeStatus { status: 401 | 403 }
        | Failure::HttpStatus { status: 401 | 403, .. } => RestKind::Quarantine,
        Failure::Server(error) => rest_asked_for(error).unwrap_or(RestKind::Reconnect),
        _ => RestKind::Reconnect,
    }
}
