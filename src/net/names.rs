//! Step 3 of the trip: the addresses of a name, from the system.
//!
//! The system is asked on a thread that nobody can stop. One that never gets an answer would cost a
//! thread for each lookup that was given up; so there is one at a time for each name, and whoever needs
//! the name meanwhile waits for the same.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

/// Asks the system; blocks the thread.
type Ask = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// None while the system has not answered.
type Answer = Option<Result<Vec<SocketAddr>, (io::ErrorKind, String)>>;

/// What is being asked, by host and port.
type UnderWay = HashMap<(String, u16), watch::Receiver<Answer>>;

/// The names that are being looked up.
#[derive(Clone)]
pub(super) struct Names {
    ask: Arc<Ask>,
    /// One for each name at most.
    asked: Arc<Mutex<UnderWay>>,
}

impl Default for Names {
    fn default() -> Names {
        Names::by(|host, port| (host, port).to_socket_addrs().map(Iterator::collect))
    }
}

impl Names {
    fn by(ask: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> Names {
        Names { ask: Arc::new(ask), asked: Arc::default() }
    }

    /// The addresses of a host, in the system's order.
    pub(super) async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let mut answer = self.asked(host, port);
        let gone = || io::Error::other("the look-up of the name broke off");
        let answered = answer.wait_for(Option::is_some).await.map_err(|_| gone())?.clone();
        let told = answered.unwrap_or_else(|| Err((io::ErrorKind::Other, String::new())));
        told.map_err(|(kind, text)| io::Error::new(kind, text))
    }

    /// What the system will answer: to a question under way, else to a new one.
    fn asked(&self, host: &str, port: u16) -> watch::Receiver<Answer> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, answer| answer.borrow().is_none() && answer.has_changed().is_ok());
        let name = (host.to_owned(), port);
        if let Some(under_way) = asked.get(&name) {
            return under_way.clone();
        }
        let (sender, answer) = watch::channel(None);
        let (ask, (host, port)) = (self.ask.clone(), name.clone());
        tokio::task::spawn_blocking(move || {
            let told = ask(&host, port);
            sender.send_replace(Some(told.map_err(|error| (error.kind(), error.to_string()))));
        });
        asked.insert(name, answer.clone());
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        time::Duration,
    };

    use futures_util::future::join;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_name_that_is_never_answered_costs_one_thread_however_often_it_is_asked_for() {
        let (release, held) = mpsc::channel::<()>();
        let (held, threads) = (Mutex::new(held), Arc::new(AtomicUsize::new(0)));
        let counted = threads.clone();
        let names = Names::by(move |_, port| {
            counted.fetch_add(1, Ordering::Relaxed);
            held.lock().unwrap().recv().map_err(io::Error::other)?;
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
        });
        for _ in 0..100 {
            let given_up = timeout(Duration::from_millis(1), names.addresses("slow.test", 443));
            assert!(given_up.await.is_err());
        }
        // Waits before the system answers: afterwards it would ask anew.
        let (answered, ()) = join(names.addresses("slow.test", 443), async {
            release.send(()).unwrap();
        })
        .await;
        assert_eq!(answered.unwrap(), [SocketAddr::from(([127, 0, 0, 1], 443))]);
        assert_eq!(threads.load(Ordering::Relaxed), 1);
        // What was answered is not kept: names move.
        release.send(()).unwrap();
        assert_eq!(names.addresses("slow.test", 443).await.unwrap().len(), 1);
        assert_eq!(threads.load(Ordering::Relaxed), 2);
        drop(release);
        let error = names.addresses("slow.test", 443).await.unwrap_err();
        assert!(error.to_string().contains("channel"), "{error}");
        assert!(names.asked.lock().unwrap().len() <= 1);
    }

    #[tokio::test]
    async fn an_address_is_no_name() {
        let names = Names::by(|host, _| panic!("{host} was looked up"));
        for host in ["127.0.0.1", "::1"] {
            assert_eq!(names.addresses(host, 80).await.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_look_up_that_panics_is_an_error_and_is_made_again() {
        let names = Names::by(|_, _| panic!("the system is broken"));
        for _ in 0..2 {
            let error = names.addresses("odd.test", 80).await.unwrap_err();
            assert!(error.to_string().contains("broke off"), "{error}");
        }
    }
}
