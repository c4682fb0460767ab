//! The process with the nodes, as this one holds it.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::{
    Failed,
    args::Args,
    network::{Order, Reply},
};

/// It ends when this does.
pub(crate) struct Far {
    _process: Child,
    orders: ChildStdin,
    replies: Lines<BufReader<ChildStdout>>,
}

impl Far {
    /// Starts it; its first words are [`Reply::Ready`].
    pub(crate) async fn start(args: &Args) -> Result<(Far, Reply), Failed> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--network", "--seed", &args.seed.to_string()])
            .args(["--interval", &args.interval().as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = process.stdin.take().ok_or("the network has no input")?;
        let replies = process.stdout.take().ok_or("the network has no output")?;
        let replies = BufReader::new(replies).lines();
        let mut far = Far { _process: process, orders, replies };
        let ready = far.reply().await?;
        Ok((far, ready))
    }

    pub(crate) async fn order(&mut self, order: &Order) -> Result<Reply, Failed> {
        let line = serde_json::to_string(order)? + "\n";
        self.orders.write_all(line.as_bytes()).await?;
        self.reply().await
    }

    async fn reply(&mut self) -> Result<Reply, Failed> {
        let line = self.replies.next_line().await?.ok_or("the network has ended")?;
        Ok(serde_json::from_str(&line)?)
    }
}
