//! The answer of Xaman's `GET /payload/<uuid>`.

use serde_json::Value;

use super::member::{Member, PayloadError, objects, parse};
use crate::types::TxHash;

objects! {
    /// A payload, as Xaman's server describes it: what was asked of the user, and what came of it.
    ///
    /// Nothing in it proves a payment. Who can reach your server could have sent it; only what you
    /// fetched yourself is Xaman's word, and even that is not the ledger's.
    ///
    /// ```
    /// use xrpl_txdata::xaman::{Payload, PayloadState};
    ///
    /// let payload = Payload::from_json(r#"{"meta": {"exists": true, "resolved": true,
    ///     "signed": false, "cancelled": false, "expired": false}}"#)?;
    /// assert_eq!(payload.state(), PayloadState::Rejected);
    ///
    /// let error = Payload::from_json(r#"{"meta": {"exists": true, "resolved": "yes"}}"#);
    /// assert_eq!(error.unwrap_err().to_string(), "meta.resolved: expected a boolean, got a string");
    /// # Ok::<(), xrpl_txdata::xaman::PayloadError>(())
    /// ```
    Payload {
        /// What happened to it.
        meta: Meta = "meta",
        /// The application that made it.
        application: Application = "application",
        /// What was asked of the user.
        payload: Request = "payload",
        /// What the user did.
        response: Response = "response",
        /// What the application wrote on it.
        custom_meta: CustomMeta = "custom_meta",
    }

    /// What happened to a payload.
    Meta {
        /// Whether Xaman knows it. Where it does not, nothing else here means anything.
        exists: bool = "exists",
        /// Its name.
        uuid: Option<String> = "uuid",
        /// Whether the signature is one of several.
        multisign: Option<bool> = "multisign",
        /// Whether Xaman sends the signed transaction to the network.
        submit: Option<bool> = "submit",
        /// Whether the user chooses what to pay with.
        pathfinding: Option<bool> = "pathfinding",
        /// The same for older versions of the app.
        pathfinding_fallback: Option<bool> = "pathfinding_fallback",
        /// The network that the user cannot change: `MAINNET`, `TESTNET`, ….
        force_network: Option<String> = "force_network",
        /// The destination, as shown.
        destination: Option<String> = "destination",
        /// The name that Xaman knows for the destination.
        resolved_destination: Option<String> = "resolved_destination",
        /// Whether the user has decided.
        resolved: bool = "resolved",
        /// Whether the user has signed.
        signed: bool = "signed",
        /// Whether the application withdrew it.
        cancelled: bool = "cancelled",
        /// Whether it can no longer be opened. What was opened in time can still be signed.
        expired: bool = "expired",
        /// Whether it was pushed to the user's device.
        pushed: Option<bool> = "pushed",
        /// Whether the user has seen it.
        app_opened: Option<bool> = "app_opened",
        /// Whether it was opened by a link on the same device.
        opened_by_deeplink: Option<bool> = "opened_by_deeplink",
        /// Whether nothing in it can be changed.
        immutable: Option<bool> = "immutable",
        /// Whether the account in it is the only one that may sign.
        force_account: Option<bool> = "forceAccount",
        /// Where the app returns to.
        return_url_app: Option<String> = "return_url_app",
        /// Where the browser returns to.
        return_url_web: Option<String> = "return_url_web",
        /// Whether it came out of an app within Xaman.
        is_xapp: Option<bool> = "is_xapp",
        /// The accounts that may sign.
        signers: Option<Vec<String>> = "signers",
    }

    /// The application that made a payload.
    Application {
        /// Its name.
        name: Option<String> = "name",
        /// What it says about itself.
        description: Option<String> = "description",
        /// 0, or 1 when it is switched off.
        disabled: Option<i64> = "disabled",
        /// Its own uuid.
        uuidv4: Option<String> = "uuidv4",
        /// Its picture.
        icon_url: Option<String> = "icon_url",
        /// The token by which it can push to this user.
        issued_user_token: Option<String> = "issued_user_token",
    }

    /// What was asked of the user.
    Request {
        /// The transaction type; `SignIn` and others never reach the ledger.
        tx_type: Option<String> = "tx_type",
        /// The destination of the template.
        tx_destination: Option<String> = "tx_destination",
        /// The destination tag of the template.
        tx_destination_tag: Option<u32> = "tx_destination_tag",
        /// The template. What was signed can differ from it.
        request_json: Option<Value> = "request_json",
        /// Where the request came from.
        origintype: Option<String> = "origintype",
        /// How it was signed.
        signmethod: Option<String> = "signmethod",
        /// When it was made, ISO 8601.
        created_at: Option<String> = "created_at",
        /// Until when it can be opened, ISO 8601.
        expires_at: Option<String> = "expires_at",
        /// The same in seconds from now, negative afterwards.
        expires_in_seconds: Option<i64> = "expires_in_seconds",
        /// What Xaman worked out about it.
        computed: Option<Value> = "computed",
    }

    /// What the user did.
    Response {
        /// The signed transaction, hexadecimal.
        hex: Option<String> = "hex",
        /// The hash of the signed transaction. It says nothing about the ledger.
        txid: Option<String> = "txid",
        /// When the user decided, ISO 8601.
        resolved_at: Option<String> = "resolved_at",
        /// The node that it was sent to.
        dispatched_to: Option<String> = "dispatched_to",
        /// The network of that node: `MAINNET`, `TESTNET`, ….
        dispatched_nodetype: Option<String> = "dispatched_nodetype",
        /// What that node said at once. Preliminary, and never a proof.
        dispatched_result: Option<String> = "dispatched_result",
        /// Whether it was sent to a node.
        dispatched_to_node: Option<bool> = "dispatched_to_node",
        /// The node that the app was connected to.
        environment_nodeuri: Option<String> = "environment_nodeuri",
        /// The network of that node.
        environment_nodetype: Option<String> = "environment_nodetype",
        /// The id of that network; 0 is the main one.
        environment_networkid: Option<u32> = "environment_networkid",
        /// The account that several sign for.
        multisign_account: Option<String> = "multisign_account",
        /// The account in the signed transaction, chosen by the user unless it was forced.
        account: Option<String> = "account",
        /// The account whose key signed; another one where a regular key did.
        signer: Option<String> = "signer",
        /// The public key that signed.
        signer_pubkey: Option<String> = "signer_pubkey",
        /// The user's token for this application.
        user: Option<String> = "user",
        /// How the user confirmed: `PIN`, `BIOMETRIC`, `PASSPHRASE`, `OTHER`.
        approved_with: Option<String> = "approved_with",
    }

    /// What the application wrote on a payload when it made it.
    CustomMeta {
        /// The application's own name of it, such as the number of an order.
        identifier: Option<String> = "identifier",
        /// Anything.
        blob: Option<Value> = "blob",
        /// What the user is told.
        instruction: Option<String> = "instruction",
    }
}

impl Payload {
    /// Reads the body of Xaman's answer.
    ///
    /// # Errors
    ///
    /// Not JSON, a member that is missing or of another kind, or an error of Xaman's.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Payload, PayloadError> {
        Payload::from_value(parse(json.as_ref())?)
    }

    /// The same from parsed JSON.
    ///
    /// # Errors
    ///
    /// See [`from_json`](Payload::from_json).
    pub fn from_value(json: Value) -> Result<Payload, PayloadError> {
        match refusal(&json) {
            Some(refused) => Err(refused),
            None => Payload::read(Some(json)),
        }
    }

    /// The hash of the signed transaction, if there is one and it can be read.
    pub fn txid(&self) -> Option<TxHash> {
        self.response.txid.as_deref()?.parse().ok()
    }

    pub(super) fn is_multisign(&self) -> bool {
        self.meta.multisign == Some(true)
    }
}

/// Xaman's two forms of saying that something went wrong.
fn refusal(json: &Value) -> Option<PayloadError> {
    let error = json.get("error")?;
    let told = match error {
        Value::Object(_) => error,
        Value::Bool(true) => json,
        _ => return None,
    };
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
    let (message, reference) = (text("message"), text("reference"));
    Some(PayloadError::Refused {
        code: told.get("code").and_then(Value::as_i64),
        message,
        reference,
    })
}
