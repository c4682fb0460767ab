//! The codec against known bytes, the recorded ledgers, damage, and itself.

mod corpus;
